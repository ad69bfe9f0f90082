/**
 * What a command answers with, where that is the same on every server (RESP2): an expectation of another kind can't be met, or,
 * under `not`, can't fail. Commands that are not here may answer with anything.
 */

import { isNumber } from './numbers.js';
import type { Pick } from './pick.js';
import type { Expectation } from './reply.js';
import { namesIn } from './values.js';

/** `scalar`: a text or nil. `outcome`: what EXEC answers with, a list, or nil where watched keys changed. */
type Kind = 'text' | 'number' | 'scalar' | 'list' | 'outcome';

const kinds: Record<Kind, string> = {
  text:
    'PING ECHO INFO TYPE FLUSHALL FLUSHDB SELECT SAVE BGSAVE BGREWRITEAOF MULTI ASKING READONLY READWRITE AUTH ' +
    'CONFIG|SET CONFIG|REWRITE CONFIG|RESETSTAT CLUSTER|INFO CLUSTER|NODES CLUSTER|MYID CLUSTER|MYSHARDID CLUSTER|FAILOVER ' +
    'CLUSTER|MEET CLUSTER|FORGET CLUSTER|REPLICATE CLUSTER|RESET CLUSTER|SETSLOT CLUSTER|ADDSLOTS CLUSTER|DELSLOTS ' +
    'ACL|SETUSER ACL|WHOAMI CLIENT|LIST CLIENT|INFO CLIENT|PAUSE CLIENT|UNPAUSE MSET HMSET LSET LTRIM PSETEX SETEX',
  number:
    'DBSIZE DEL UNLINK EXISTS INCR DECR INCRBY DECRBY EXPIRE PEXPIRE PERSIST TTL PTTL STRLEN APPEND LLEN SCARD HLEN ZCARD SADD SREM ' +
    'HSET LPUSH RPUSH PUBLISH WAIT LASTSAVE CLUSTER|KEYSLOT CLUSTER|COUNTKEYSINSLOT CLUSTER|COUNT-FAILURE-REPORTS ACL|DELUSER',
  scalar: 'GET GETDEL GETEX GETSET HGET LINDEX RANDOMKEY CLIENT|GETNAME',
  outcome: 'EXEC',
  list:
    'CLUSTER|SLOTS CLUSTER|SHARDS CLUSTER|REPLICAS CLUSTER|SLAVES CLUSTER|GETKEYSINSLOT CLUSTER|LINKS CONFIG|GET ROLE TIME ' +
    'LRANGE SMEMBERS HGETALL HKEYS HVALS HMGET KEYS MGET SCAN WAITAOF SLOWLOG|GET ACL|LIST ACL|USERS ACL|LOG MEMORY|STATS ' +
    'SENTINEL|MASTERS SENTINEL|PRIMARIES SENTINEL|REPLICAS SENTINEL|SLAVES SENTINEL|SENTINELS LATENCY|LATEST',
};
const kindOfCommand = new Map<string, Kind>(
  Object.entries(kinds).flatMap(([kind, words]) => words.split(' ').map((word) => [word, kind as Kind] as const)),
);

const nameOf = ([word = '', second = '']: readonly string[]): string => {
  const [one, two] = [word.toUpperCase(), second.toUpperCase()];
  return kindOfCommand.has(`${one}|${two}`) ? `${one}|${two}` : one;
};

/** The kind of the last reply. Within a transaction every command is only queued; after HELLO replies have other forms. */
function kindOf(commands: readonly string[][]): Kind | undefined {
  const names = commands.map(nameOf);
  if (names.includes('HELLO')) return undefined;
  const last = names.at(-1)!;
  const queued = names.lastIndexOf('MULTI') > Math.max(names.lastIndexOf('EXEC'), names.lastIndexOf('DISCARD'));
  return queued ? 'text' : kindOfCommand.get(last);
}

interface Asked {
  commands: readonly string[][];
  pick: Pick;
  reply?: Expectation | undefined;
}

/** Why this part can't be taken from the reply, or why the expectation has no say about it. */
export function cannotMatch({
  commands,
  pick,
  reply,
}: Asked): { key: keyof Pick | 'reply'; message: string } | undefined {
  const whole = kindOf(commands);
  const name = nameOf(commands.at(-1)!).replace('|', ' ');
  const answers = (kind: Kind): string => `${name} answers with ${called[kind]}`;
  const flat = whole !== undefined && !isList(whole);
  if (pick.item && flat) return { key: 'item', message: `${answers(whole)}, which has no items` };
  if (whole === 'number' && pick.field !== undefined)
    return { key: 'field', message: `${answers(whole)}, which has no fields` };
  const part: Kind | undefined = pick.count
    ? 'number'
    : pick.find
      ? 'text'
      : pick.item || (pick.field !== undefined && whole !== undefined && isList(whole))
        ? undefined
        : pick.field !== undefined && flat
          ? 'text'
          : whole;
  if (!reply || part === undefined || speaksOf(part, reply)) return undefined;
  const subject = pick.count
    ? '"count" gives a number'
    : part === whole && !pick.find && pick.field === undefined
      ? answers(part)
      : 'this part of the reply is a text';
  const advice = isList(part) ? ': name its "item", or write { some: … }, { every: … }, "contains …" or "count"' : '';
  return {
    key: 'reply',
    message: `${subject}, which this can never ${reply.is === 'not' ? 'speak of' : 'match'}${advice}`,
  };
}

const isList = (kind: Kind): boolean => kind === 'list' || kind === 'outcome';

const called: Record<Kind, string> = {
  text: 'a text',
  number: 'a number',
  scalar: 'a text or nil',
  list: 'a list',
  outcome: 'a list or nil',
};

function speaksOf(kind: Kind, expected: Expectation): boolean {
  switch (expected.is) {
    case 'not':
      return speaksOf(kind, expected.that);
    case 'nil':
      return kind === 'scalar' || kind === 'outcome';
    case 'list':
    case 'some':
    case 'every':
      return isList(kind);
    case 'contain':
      return true;
    case 'equal':
      return isList(kind)
        ? /^\$\{[^{}]*\}$/.test(expected.text)
        : kind !== 'number' || isNumber(expected.text) || namesIn(expected.text).length > 0;
    default:
      return !isList(kind);
  }
}
