/** Sentinels, and what they watch. */
import { RedrillError } from '../../core/errors.js';
import { parseInfo } from '../../deployment/nodes-text.js';
import type { Address } from '../connection.js';
import { ReplyError } from '../resp.js';
import { fieldsOf, listOf } from '../sentinel-look.js';
import type { Watch } from '../types.js';
import { named } from './name.js';
import { addressOf, findServers } from './replicated.js';
import type { Found, Member } from './types.js';
import { serverIn, textOf, type Ways } from './ways.js';

/** What one sentinel says of the primary of this name, and of itself. */
interface Word {
  /** Empty before Redis 6.2, where a sentinel does not say it. */
  id: string;
  watch: Watch;
  servers: Address[];
  others: { id: string; address: Address }[];
  server: Member['server'];
}

/** From one sentinel to everything that it watches under one name. */
export async function findWatched(seed: Address, wanted: string | undefined, ways: Ways): Promise<Found> {
  const primaryName = await nameOf(seed, wanted, ways);
  const own = await wordOf(seed, primaryName, ways);
  if (!own) throw new RedrillError('DEPLOYMENT', `${textOf(seed)} answers no more`);
  const words = await Promise.all(own.others.map(async ({ address }) => wordOf(address, primaryName, ways)));
  // How the first one is known to the others: its address may be ours alone.
  const told = words.flatMap((word) => word?.others ?? []);
  const myself = told.find((one) => (own.id === '' ? isMissing(one.id, own) : one.id === own.id));
  const self = { id: myself?.id ?? own.id, address: myself?.address ?? seed };
  const listed = new Map([...told, ...own.others, self].map(({ id, address }) => [id, address]));
  const answers = new Map([[self.id, own], ...own.others.map(({ id }, i) => [id, words[i]] as const)]);
  const sentinels = [...listed].map(([id, announced]): Member => {
    const mine = id === self.id;
    return {
      id,
      announced,
      also: [],
      ...(mine && textOf(announced) !== textOf(seed) && { reached: seed }),
      role: 'sentinel',
      server: answers.get(id)?.server,
    };
  });
  const watched = [own, ...words].flatMap((word) => word?.servers ?? []);
  const servers = await findServers(unique(watched), ways);
  const members = named([...servers, ...sentinels]).map((member) => ({ ...member, shard: 1 }));
  return { kind: 'sentinel', members, primaryName, watch: own.watch };
}

/** One that tells no id is whom the others list and it does not. */
const isMissing = (id: string, { others }: Word): boolean => others.every((other) => other.id !== id);

/** @throws RedrillError where it can't be told which one is meant. */
async function nameOf(seed: Address, wanted: string | undefined, ways: Ways): Promise<string> {
  const [reply] = (await ways.ask(seed, [['SENTINEL', 'MASTERS']], ways.sentinelCredentials)) ?? [];
  const at = `the sentinel at ${textOf(seed)}`;
  if (!Array.isArray(reply))
    throw new RedrillError(
      'DEPLOYMENT',
      `${at} ${reply instanceof ReplyError ? `refuses: ${reply.message}` : 'does not answer'}`,
      {
        hint: 'say where it is reached from here, and who we are to it',
      },
    );
  const names = listOf(reply).map((fields) => fields.get('name') ?? '');
  if (names.length === 0)
    throw new RedrillError('DEPLOYMENT', `${at} watches nobody`, { hint: 'give the address of another one' });
  if (wanted !== undefined && !names.includes(wanted))
    throw new RedrillError('DEPLOYMENT', `${at} watches no "${wanted}"`, { hint: `it watches ${names.join(', ')}` });
  if (wanted === undefined && names.length > 1)
    throw new RedrillError('DEPLOYMENT', `${at} watches ${names.length} primaries`, {
      hint: `name one of ${names.join(', ')}`,
    });
  return wanted ?? names[0]!;
}

async function wordOf(address: Address, primaryName: string, ways: Ways): Promise<Word | undefined> {
  const questions = [
    ['SENTINEL', 'MYID'],
    ...['MASTER', 'REPLICAS', 'SENTINELS'].map((of) => ['SENTINEL', of, primaryName]),
    ['INFO', 'server'],
  ];
  const replies = await ways.ask(address, questions, ways.sentinelCredentials);
  if (!replies) return undefined;
  const [id, primary, replicas, sentinels, info] = replies;
  const watched = fieldsOf(primary);
  const number = (name: string): number => Number(watched.get(name) ?? 0);
  const at = (fields: Map<string, string>): Address[] => addressOf(fields.get('ip'), fields.get('port'));
  return {
    id: typeof id === 'string' ? id : '',
    watch: {
      quorum: number('quorum'),
      downAfter: number('down-after-milliseconds'),
      failoverTimeout: number('failover-timeout'),
    },
    servers: [watched, ...listOf(replicas)].flatMap(at),
    others: listOf(sentinels).flatMap((fields) =>
      at(fields).map((where) => ({ id: fields.get('runid') ?? '', address: where })),
    ),
    server: typeof info === 'string' ? serverIn(parseInfo(info)) : undefined,
  };
}

const unique = (addresses: readonly Address[]): Address[] => [
  ...new Map(addresses.map((address) => [textOf(address), address])).values(),
];
