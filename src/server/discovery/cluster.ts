/** The members of a cluster, by the tables of all of them: one alone may have been cut off, or forgotten somebody. */
import { RedrillError } from '../../core/errors.js';
import { isPrimary, type NodeLine, parseInfo, parseNodes } from '../../deployment/nodes-text.js';
import type { Server, ShardInfo } from '../../deployment/types.js';
import { unreachable } from '../../deployment/views.js';
import { addressesOf } from '../addresses.js';
import type { Address } from '../connection.js';
import { identitiesOf } from '../identities.js';
import { readPeers } from '../tables.js';
import { named } from './name.js';
import { shardsIn } from './shards.js';
import type { Found, Member, Named } from './types.js';
import { serverIn, textOf, type Ways } from './ways.js';

/** One that answered. */
interface Told {
  self: NodeLine;
  lines: NodeLine[];
  text: string;
  server: Server;
  /** Where it answered. */
  at: Address;
}

export async function findCluster(seeds: readonly Address[], ways: Ways): Promise<Found> {
  const told = await everyTable(seeds, ways);
  const members = named(membersIn(told));
  const views = new Map(members.map(({ name }) => [name, unreachable(name, 0)]));
  const identities = identitiesOf(members);
  const addresses = addressesOf(members.map(({ name, announced }) => ({ name, address: textOf(announced) })));
  for (const { name, id } of members) {
    const answer = told.get(id);
    if (!answer) continue;
    const peers = readPeers(answer.text, name, identities, addresses);
    views.set(name, { ...unreachable(name, 0), reachable: true, role: peers.get(name)?.role ?? 'replica', peers });
  }
  const shards = shardsIn(views);
  const shardOf = new Map(
    shards.flatMap(({ owner, replicas }, i) => [owner, ...replicas].map((name) => [name, i + 1])),
  );
  return {
    kind: 'cluster',
    members: members.map((member): Named => {
      const leads = shards.some(({ owner }) => owner === member.name);
      const shard = shardOf.get(member.name) ?? 0;
      return { ...member, shard, role: shard === 0 ? member.role : leads ? 'primary' : 'replica' };
    }),
    shards: shards.map(({ slots }, i): ShardInfo => ({ shard: i + 1, slots })),
    replicas: shards.map(({ replicas }) => replicas.length),
  };
}

/** By id. Whom a table names is asked for his own, until nobody new is named. */
async function everyTable(seeds: readonly Address[], ways: Ways): Promise<Map<string, Told>> {
  const told = new Map<string, Told>();
  const asked = new Set<string>();
  for (let round = [...seeds]; round.length > 0; ) {
    for (const address of round) asked.add(textOf(address));
    const answers = await Promise.all(round.map((address) => tableOf(address, ways)));
    // One that was named to us may be reached under an address that is ours alone: the one that it announces is better.
    for (const answer of answers)
      if (answer && (isAtHome(answer) || !told.has(answer.self.id))) told.set(answer.self.id, answer);
    const listed = [...told.values()].flatMap(({ lines }) => lines.filter(isMember).map(addressIn));
    const fresh = new Map(listed.map((address) => [textOf(address), address]));
    round = [...fresh].flatMap(([text, address]) => (asked.has(text) ? [] : [address]));
  }
  oneCluster(told);
  return told;
}

async function tableOf(address: Address, ways: Ways): Promise<Told | undefined> {
  const [text, info] =
    (await ways.ask(address, [
      ['CLUSTER', 'NODES'],
      ['INFO', 'server'],
    ])) ?? [];
  if (typeof text !== 'string' || typeof info !== 'string') return undefined;
  const lines = parseNodes(text);
  const self = lines.find(({ flags }) => flags.has('myself'));
  if (!self) return undefined;
  // One that has met nobody does not know its own address.
  const found = self.host === '' ? { ...self, host: address.host } : self;
  return { self: found, lines, text, server: serverIn(parseInfo(info)), at: address };
}

const isAtHome = ({ self, at }: Told): boolean => textOf(addressIn(self)) === textOf(at);

/** One without an address is what is left of somebody: nobody knows where to ask it. */
const isMember = ({ flags, host }: NodeLine): boolean => host !== '' && !flags.has('handshake') && !flags.has('noaddr');

const addressIn = ({ host, port }: NodeLine): Address => ({ host, port });

/** @throws RedrillError where those who were named to us have nothing to do with each other. */
function oneCluster(told: ReadonlyMap<string, Told>): void {
  const [first, ...others] = told.values();
  if (!first) return;
  const met = new Set([first]);
  const knows = (a: Told, b: Told): boolean => a.lines.some(({ id }) => id === b.self.id);
  for (let grown = true; grown; ) {
    const more = others.filter(
      (one) => !met.has(one) && [...met].some((other) => knows(one, other) || knows(other, one)),
    );
    for (const one of more) met.add(one);
    grown = more.length > 0;
  }
  const stranger = others.find((one) => !met.has(one));
  if (stranger)
    throw new RedrillError(
      'DEPLOYMENT',
      `${textOf(addressIn(stranger.self))} and ${textOf(addressIn(first.self))} belong to different clusters`,
      { hint: 'give addresses of one deployment' },
    );
}

/** What a node says of itself counts; of one that is silent, what the first says who lists it. */
function membersIn(told: ReadonlyMap<string, Told>): Member[] {
  const lines = new Map<string, NodeLine>();
  for (const { self } of told.values()) lines.set(self.id, self);
  for (const { lines: listed } of told.values())
    for (const line of listed) if (isMember(line) && !lines.has(line.id)) lines.set(line.id, line);
  return [...lines.values()].map((line): Member => {
    const answer = told.get(line.id);
    return {
      id: line.id,
      announced: addressIn(line),
      also: [],
      ...(answer && !isAtHome(answer) && { reached: answer.at }),
      role: isPrimary(line.flags) ? 'primary' : 'replica',
      server: answer?.server,
    };
  });
}
