/**
 * What server log lines mean. The wording of Redis 6.0 to 8 and Valkey 7.2 to 9: "master"/"slave" became "primary"/
 * "replica" at different times in different lines, and Valkey adds "(name)" behind node ids.
 */
import type { Recording } from '../recording/recording.js';

export type LogKind =
  | 'suspected'
  | 'failed'
  | 'cleared'
  | 'delayed'
  | 'election'
  | 'vote'
  | 'denied'
  | 'elected'
  | 'expired'
  | 'reset'
  | 'barred'
  | 'promoted'
  | 'demoted'
  | 'selected'
  | 'switched'
  | 'state'
  | 'sync'
  | 'manual'
  | 'crash'
  | 'stop'
  | 'start';

/** A log line that means something. */
export interface LogFact {
  t: number;
  node: string;
  kind: LogKind;
  /** The node it speaks of, by name. */
  about?: string;
  /** Numbers in it, by name: `delay` (ms), `rank`, `epoch`; `asked`, an epoch that was over. */
  numbers: Record<string, number>;
  /** The line without process id and time. */
  text: string;
}

const ID = String.raw`(?<id>[0-9a-f]{40})(?: \([^)]*\))?`;
const PRIMARY = '(?:master|primary)';

/** The first rule that matches decides. */
const rules: readonly (readonly [RegExp, LogKind])[] = [
  [new RegExp(`NODE ${ID} possibly failing`, 'i'), 'suspected'],
  [new RegExp(`Marking node ${ID} as failing \\(quorum reached\\)`), 'failed'],
  [new RegExp(`FAIL message received from [0-9a-f]{40}(?: \\([^)]*\\))? about ${ID}`), 'failed'],
  [new RegExp(`Clear FAIL state for node ${ID}`), 'cleared'],
  [/Start of election delayed for (?<delay>\d+) milliseconds \(rank #(?<rank>\d+)/, 'delayed'],
  [/Starting a failover election for epoch (?<epoch>\d+)/, 'election'],
  [new RegExp(`Failover auth granted to ${ID} for epoch (?<epoch>\\d+)`), 'vote'],
  [new RegExp(`Failover auth denied to ${ID}: already voted for epoch (?<epoch>\\d+)`), 'denied'],
  [new RegExp(`Failover auth denied to ${ID}: reqEpoch \\((?<asked>\\d+)\\) < curEpoch`), 'denied'],
  [new RegExp(`Failover election won: I'm the new ${PRIMARY}`), 'elected'],
  [/Failover attempt expired/, 'expired'],
  [/Resetting the election since we cannot win/, 'reset'],
  [/unable to failover: Disconnected from (?:master|primary) for longer than allowed/, 'barred'],
  [new RegExp(`Setting myself to ${PRIMARY}`), 'promoted'],
  [new RegExp(`Taking over the ${PRIMARY}`), 'promoted'],
  [new RegExp(`Configuration change detected\\. Reconfiguring myself as a replica of (?:node )?${ID}`), 'demoted'],
  [/Cluster state changed: (?:ok|fail)/, 'state'],
  [new RegExp(`Manual failover requested by (?:slave|replica) ${ID}`), 'manual'],
  [/Manual failover (?:user request accepted|timed out)|Forced failover user request accepted/, 'manual'],
  [/crashed by signal: \d+|Guru Meditation/, 'crash'],
  [/User requested shutdown|Received SIG(?:TERM|INT) scheduling shutdown/, 'stop'],
  [/Ready to accept connections/, 'start'],
  [/(?:MASTER|PRIMARY) <-> (?:SLAVE|REPLICA) sync(?: started|: Finished with success)/, 'sync'],
  [
    /Full resync (?:requested by|from)|Successful partial resynchronization with|Partial resynchronization request from \S+ accepted/,
    'sync',
  ],
  [/Synchronization with (?:slave|replica) \S+ succeeded/, 'sync'],
  [/Connection with (?:master|primary|slave|replica)\b.*\blost/, 'sync'],
];

/**
 * What sentinels say: "+sdown master redrill 10.0.0.2 6379", "+switch-master redrill OLD PORT NEW PORT". In the first form
 * an instance follows, in some lines behind "@" the primary it belongs to.
 */
const sentinelRules: readonly (readonly [RegExp, LogKind])[] = [
  [/\+sdown (?:master|slave|sentinel) (?<instance>.*)/, 'suspected'],
  [/\+odown master (?<instance>.*)/, 'failed'],
  [/-[so]down (?:master|slave|sentinel) (?<instance>.*)/, 'cleared'],
  [/\+try-failover master (?<instance>.*)/, 'election'],
  [/\+vote-for-leader (?<id>[0-9a-f]{40}) (?<epoch>\d+)/, 'vote'],
  [/\+elected-leader master (?<instance>.*)/, 'elected'],
  [/-failover-abort-\S+ master (?<instance>.*)/, 'expired'],
  [/\+(?:selected-slave|promoted-slave) slave (?<instance>.*)/, 'selected'],
  [/\+switch-master \S+ \S+ \d+ (?<instance>\S+ \d+)/, 'switched'],
  [/[+-]tilt\b/, 'state'],
  [/MASTER MODE enabled \((?:user request|failover)/, 'promoted'],
  [/REPLICAOF \S+ enabled \((?:user request|failover)/, 'demoted'],
];

/** A quick no for the thousands of lines (crash dumps, heartbeats) that mean nothing here. */
const any = new RegExp(
  [...rules, ...sentinelRules]
    .map(([pattern]) => pattern.source.replaceAll('(?<', '(?:<').replace(/\(\?:<\w+>/g, '(?:'))
    .join('|'),
  'i',
);

const PREFIX = /^\d+:[MSCX] \d{1,2} \w{3}(?: \d{4})? [\d:.]+ [.\-*#] /;

/** "1:S 12 Mar 2025 10:00:11.300 * Failover election won" without what stands before the message. */
export const messageOfLine = (line: string): string => line.replace(PREFIX, '');

type ReadLine = Pick<LogFact, 'kind' | 'numbers' | 'text'> & { id?: string; address?: string };

/** "redrill 10.0.0.2 6379 #quorum 2/2", or "10.0.0.3:6379 10.0.0.3 6379 @ redrill 10.0.0.2 6379": the first host and port. */
function addressIn(instance: string): string | undefined {
  const found = /(?:^|\s)([0-9a-fA-F.:]+|(?:node|sentinel)-\d+) (\d+)(?:\s|$)/.exec(instance);
  return found ? `${found[1]}:${found[2]}` : undefined;
}

export function readLine(text: string): ReadLine | undefined {
  if (!any.test(text)) return undefined;
  for (const [pattern, kind] of [...rules, ...sentinelRules]) {
    const groups = pattern.exec(text);
    if (!groups) continue;
    const { id, instance, ...rest } = groups.groups ?? {};
    const numbers = Object.fromEntries(Object.entries(rest).map(([k, v]) => [k, Number(v)]));
    const address = instance === undefined ? undefined : addressIn(instance);
    return {
      kind,
      numbers,
      text: messageOfLine(text),
      ...(id === undefined ? {} : { id }),
      ...(address === undefined ? {} : { address }),
    };
  }
  return undefined;
}

/** All meaningful lines of all nodes in order of time. */
export function logFacts({ logs, topology }: Recording): LogFact[] {
  const names = new Map(topology.nodes.flatMap((n) => [n.id, ...(n.laterIds ?? [])].map((id) => [id, n.name])));
  const out: LogFact[] = [];
  for (const [node, lines] of Object.entries(logs))
    for (const line of lines) {
      const read = readLine(line.text);
      if (!read) continue;
      const { id, address, ...fact } = read;
      const about =
        address === undefined
          ? id === undefined
            ? undefined
            : (names.get(id) ?? id.slice(0, 8))
          : (bearerOf(address, line.t, topology.nodes) ?? address);
      out.push({ t: line.t, node, ...fact, ...(about === undefined ? {} : { about }) });
    }
  return out.sort((a, b) => a.t - b.t);
}

/** Who had this address then; else who had it last: others go on speaking of it. */
function bearerOf(address: string, t: number, nodes: Recording['topology']['nodes']): string | undefined {
  // Sentinels may speak of nodes by their names.
  const named = nodes.find(({ name }) => address.startsWith(`${name}:`));
  if (named) return named.name;
  let found: { name: string; from: number } | undefined;
  for (const { name, address: first, laterAddresses = [] } of nodes)
    for (const one of [{ from: Number.NEGATIVE_INFINITY, address: first }, ...laterAddresses])
      if (one.address === address && one.from <= t && one.from >= (found?.from ?? one.from))
        found = { name, from: one.from };
  return found?.name;
}
