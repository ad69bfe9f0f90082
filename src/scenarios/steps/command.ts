/** Commands as a scenario writes them: a line in the way of redis-cli, or the list of arguments itself. Never a shell's. */

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t' };

/** `SET key "a b"` → three arguments. @throws for a quote that is not closed. */
export function argumentsOf(line: string): string[] {
  const args: string[] = [];
  let rest = line.trim();
  while (rest !== '') {
    const quoted = /^"((?:[^"\\]|\\.)*)"|^'((?:[^'\\]|\\.)*)'/s.exec(rest);
    const word = quoted ?? /^[^\s"']+/.exec(rest);
    if (!word) throw new Error(`a quote is not closed: ${rest.slice(0, 40)}`);
    const [whole, double, single] = word;
    args.push(
      double !== undefined
        ? double.replace(/\\(?:x([0-9a-f]{2})|(.))/gis, (_, hex: string | undefined, c = '') =>
            hex === undefined ? (escapes[c] ?? c) : String.fromCharCode(Number.parseInt(hex, 16)),
          )
        : single !== undefined
          ? single.replace(/\\(['\\])/g, '$1')
          : whole,
    );
    rest = rest.slice(whole.length);
    if (rest !== '' && !/^\s/.test(rest)) throw new Error(`a space is missing before ${rest.slice(0, 40)}`);
    rest = rest.trimStart();
  }
  return args;
}

/** One command a line. */
export function commandsOf(text: string): string[][] {
  const commands = text
    .split('\n')
    .map(argumentsOf)
    .filter((args) => args.length > 0);
  if (commands.length === 0) throw new Error('an empty command');
  return commands;
}

/** The line that gives these arguments again, without a control character in it. */
export const showCommand = (args: readonly string[]): string =>
  args
    .map((arg) =>
      /^[^\s"'\\\p{Cc}]+$/u.test(arg)
        ? arg
        : `"${arg.replace(/["\\]/g, '\\$&').replace(/\p{Cc}/gu, (c) => `\\${shortOf(c) ?? hexOf(c)}`)}"`,
    )
    .join(' ');

const shortOf = (c: string): string | undefined => Object.keys(escapes).find((key) => escapes[key] === c);
const hexOf = (c: string): string => `x${c.codePointAt(0)!.toString(16).padStart(2, '0')}`;

const questions = new Set(
  (
    'INFO NODES SLOTS SHARDS MYID MYSHARDID KEYSLOT COUNTKEYSINSLOT GETKEYSINSLOT LINKS REPLICAS SLAVES GET LIST GETNAME ID ' +
    'MASTER MASTERS PRIMARY PRIMARIES SENTINELS CKQUORUM GET-MASTER-ADDR-BY-NAME GET-PRIMARY-ADDR-BY-NAME DIGEST DIGEST-VALUE OBJECT ' +
    'COUNT-FAILURE-REPORTS HELP WHOAMI GETUSER USERS CAT LOG GETSLOTMIGRATIONS'
  ).split(' '),
);
const administration = new Set(
  'CLUSTER SENTINEL CONFIG CLIENT DEBUG ACL FAILOVER REPLICAOF SLAVEOF SHUTDOWN MIGRATE FLUSHALL FLUSHDB'.split(' '),
);

/** Does it do something to the server, rather than ask it or work on its data? What such a command brings about is looked for from there on. */
export const administers = ([word = '', second = '']: readonly string[]): boolean =>
  administration.has(word.toUpperCase()) && !questions.has(second.toUpperCase());

/** Does it make another node lead, without the server's own election being waited for? */
export const promotes = (args: readonly string[]): boolean =>
  /^(CLUSTER FAILOVER|SENTINEL FAILOVER|FAILOVER|REPLICAOF|SLAVEOF|CLUSTER REPLICATE|SHUTDOWN\b.*\bFAILOVER)\b/i.test(
    args.join(' '),
  );

/** Does it change when the servers suspect one another, or who may be elected? */
export const retimes = (args: readonly string[]): boolean =>
  /^CONFIG SET\b.*\b(cluster-node-timeout|cluster-(replica|slave)-no-failover|shutdown-on-sig\w+)\b/i.test(
    args.join(' '),
  ) || /^SENTINEL SET\b.*\bdown-after-milliseconds\b/i.test(args.join(' '));
