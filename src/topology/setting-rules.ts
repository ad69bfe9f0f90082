/** Settings that a scenario may not have, with the reason: redrill writes them itself, or could not see without them. */
import { DATA } from './persistence.js';
import { tlsSettings } from './tls.js';

/** The other place where a server may keep what it knows of its cluster: where it has it by itself, and a full disk reaches it. */
const NODES_IN_DATA = `${DATA}/nodes.conf`;

/** A second value would break the deployment that redrill forms, or put a password into reports. */
const ours = new Map<string, string>([
  ['requirepass', 'use topology.password'],
  ['masterauth', 'use topology.password or topology.users'],
  ['primaryauth', 'use topology.password or topology.users'],
  ['masteruser', 'use topology.users'],
  ['primaryuser', 'use topology.users'],
  ...Object.keys(tlsSettings(0)).map((key) => [key, 'use topology.tls'] as const),
  ['user', 'use topology.users'],
  ['aclfile', 'use topology.users'],
  ['port', 'redrill chooses it'],
  ['bind', 'redrill chooses it'],
  ['dir', 'redrill chooses it'],
  ['daemonize', 'the server must stay in the foreground of its container'],
  ['cluster-enabled', 'topology.kind decides it'],
  ['cluster-config-file', `redrill writes that file; ${NODES_IN_DATA} puts it beside the data`],
  ['cluster-announce-ip', 'redrill chooses it'],
  ['replicaof', 'topology.replicas decides it'],
  ['slaveof', 'topology.replicas decides it'],
]);

/** What the server prints is a witness: elections, copies and restarts are dated by it, and log lines can be asked for. */
const quiet = new Map<string, (value: string) => boolean>([
  ['logfile', (value) => !/^(""|'')?$/.test(value)],
  ['syslog-enabled', (value) => value === 'yes'],
  ['loglevel', (value) => value === 'warning' || value === 'nothing'],
  ['log-format', (value) => value !== 'legacy'],
  ['log-timestamp-format', (value) => value !== 'legacy'],
]);

/** Commands that observers, probes and procedures send. */
const needed = new Set(
  (
    'INFO CLUSTER ROLE PING CONFIG CLIENT DEBUG SENTINEL AUTH HELLO ACL GET SET DEL UNLINK EXISTS TIME SCRIPT EVAL DBSIZE BGSAVE ASKING ' +
    'WAIT SLOWLOG SCAN PERSIST MEMORY LRANGE RPUSH EXPIRE REPLICAOF SLAVEOF PSYNC REPLCONF SHUTDOWN MIGRATE RESTORE DUMP PUBLISH SUBSCRIBE'
  ).split(' '),
);

/** Why this value would take a witness away. */
export function blinding(key: string, value: string): string | undefined {
  const name = key.toLowerCase();
  const bare = value.trim().toLowerCase();
  if (quiet.get(name)?.(bare))
    return `${name} ${value.trim()}: redrill reads what a server prints, and would not see it`;
  if (name === 'rename-command' && needed.has((bare.split(/\s+/)[0] ?? '').toUpperCase()))
    return `rename-command: redrill itself needs ${(bare.split(/\s+/)[0] ?? '').toUpperCase()}`;
  return undefined;
}

const WHOLE = String.raw`\d{1,9}`;
const SIZE = String.raw`\d{1,15}(?:[kmg]b?)?`;
const CLASS = '(?:normal|replica|slave|pubsub)';

/** Directives that may stand several times, with the form of a line. Of any other the last line would count, and the others be a mistake. */
const repeated = new Map<string, { form: RegExp; like: string; subject?: (line: string) => string[] }>([
  [
    'save',
    {
      form: new RegExp(`^(""|'')?$|^([1-9]\\d{0,8} +${WHOLE})( +[1-9]\\d{0,8} +${WHOLE})*$`),
      like: '900 1, or "" for none',
    },
  ],
  [
    'client-output-buffer-limit',
    {
      form: new RegExp(`^${CLASS} +${SIZE} +${SIZE} +${WHOLE}( +${CLASS} +${SIZE} +${SIZE} +${WHOLE})*$`, 'i'),
      like: 'replica 256mb 64mb 60',
      subject: (line) =>
        (line.toLowerCase().match(/[a-z]{5,}/g) ?? []).map((word) => (word === 'slave' ? 'replica' : word)),
    },
  ],
  [
    'rename-command',
    {
      form: /^[\w|.-]+ +(""|''|[\w.-]+)$/,
      like: 'KEYS "", or KEYS another-name',
      subject: (line) => [line.split(/\s+/)[0]!.toUpperCase()],
    },
  ],
  ['loadmodule', { form: /^\/\S+( +\S+)*$/, like: '/path/in/the/image/module.so' }],
]);

/** What is wrong with the lines of one directive, taken together. */
export function settingsProblem(key: string, lines: readonly string[]): string | undefined {
  const directive = repeated.get(key.toLowerCase());
  if (!directive && lines.length > 1)
    return `${key} stands once: of several lines only the last would count. Lists are for ${[...repeated.keys()].join(', ')}`;
  const { form, like, subject } = directive ?? {};
  const odd = form && lines.find((line) => !form.test(line.trim()));
  if (odd !== undefined) return `${JSON.stringify(odd)} is not how ${key} is written; write for example ${like}`;
  const about = subject ? lines.flatMap((line) => subject(line.trim())) : lines.map((line) => line.trim());
  const twice = about.find((one, i) => about.indexOf(one) < i);
  if (twice !== undefined) return `${key} says two things of ${JSON.stringify(twice)}`;
  return lines.length > 1 && lines.some((line) => /^(""|'')?$/.test(line.trim()))
    ? `an empty line takes back the other lines of ${key}; write it alone`
    : undefined;
}

/** What is wrong with a line of redis.conf, as far as it can be known without the server. */
export function settingProblem(key: string, value: string): string | undefined {
  if (key.toLowerCase() === 'cluster-config-file' && value === NODES_IN_DATA) return undefined;
  const advice = ours.get(key.toLowerCase());
  if (advice) return `redrill sets ${key} itself: ${advice}`;
  if (!/^[a-z0-9.-]+$/i.test(key)) return `${JSON.stringify(key)} is not a setting's name`;
  if (key.toLowerCase() === 'include') return 'include: write the settings themselves here';
  // redis.conf is made of lines: a value with a line break would smuggle in settings of its own.
  if (/[\r\n]/.test(value)) return 'a setting is one line';
  if (/\p{Cc}/u.test(value)) return 'a setting has no control characters';
  if (key.toLowerCase() === 'cluster-node-timeout' && !/^[1-9]\d{0,8}$/.test(value))
    return 'cluster-node-timeout is a number of milliseconds, without a unit';
  return blinding(key, value);
}

/** CONFIG SET of a running server: the first of its settings that would take a witness away. */
export function blindingCommand([word = '', second = '', ...pairs]: readonly string[]): string | undefined {
  if (word.toUpperCase() !== 'CONFIG' || second.toUpperCase() !== 'SET') return undefined;
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const problem = blinding(pairs[i]!, pairs[i + 1]!);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Settings of sentinels that redrill writes; those of any server are refused as for the servers. */
const theirs: Record<string, string> = {
  monitor: 'redrill writes it',
  myid: 'redrill writes it',
  'known-replica': 'redrill writes it',
  'known-slave': 'redrill writes it',
  'known-sentinel': 'redrill writes it',
  'announce-ip': 'redrill writes it; use sentinels.hostnames for names',
  'resolve-hostnames': 'use sentinels.hostnames',
  'announce-hostnames': 'use sentinels.hostnames',
  'down-after-milliseconds': 'use sentinels.down_after',
  'failover-timeout': 'use sentinels.failover_timeout',
  'parallel-syncs': 'use sentinels.parallel_syncs',
  'auth-pass': 'use topology.password or topology.users',
  'auth-user': 'use topology.users',
  'sentinel-pass': 'use topology.password',
  'sentinel-user': 'use topology.users',
};

export function sentinelSettingProblem(key: string, value: string): string | undefined {
  const advice = theirs[key.toLowerCase()];
  return advice ? `redrill sets ${key} itself: ${advice}` : settingProblem(key, value);
}
