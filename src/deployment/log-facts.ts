/**
 * What server log lines mean. The wording of Redis 6.0 to 8 and Valkey 7.2 to 9: "master"/"slave" became "primary"/
 * "replica" at different times in different lines, and Valkey adds "(name)" behind node ids.
 */
import { withoutStamp } from './log-lines.js';

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

/** What a line says. */
export interface LineFact {
  kind: LogKind;
  /** Numbers in it, by name: `delay` (ms), `rank`, `epoch`; `asked`, an epoch that was over. */
  numbers: Record<string, number>;
  /** The line without process id and time. */
  text: string;
  /** The node it speaks of, by its id, or by where it is: "10.0.0.2:6379". */
  id?: string;
  address?: string;
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

/** "redrill 10.0.0.2 6379 #quorum 2/2", or "10.0.0.3:6379 10.0.0.3 6379 @ redrill 10.0.0.2 6379": the first host and port. */
function addressIn(instance: string): string | undefined {
  const found = /(?:^|\s)([0-9a-fA-F.:]+|(?:node|sentinel)-\d+) (\d+)(?:\s|$)/.exec(instance);
  return found ? `${found[1]}:${found[2]}` : undefined;
}

/** undefined: nothing that matters here. */
export function factIn(text: string): LineFact | undefined {
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
      text: withoutStamp(text),
      ...(id === undefined ? {} : { id }),
      ...(address === undefined ? {} : { address }),
    };
  }
  return undefined;
}
