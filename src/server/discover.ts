/**
 * From one address to a deployment: what it is, who belongs to it, who has which slots. The servers' own tables say all of it, and
 * nobody else is asked. Who does not answer belongs to it all the same.
 */

import { RedrillError } from '../core/errors.js';
import { watches } from '../deployment/roles.js';
import { ONE_SHARD } from '../deployment/slots.js';
import type { Server } from '../deployment/types.js';
import { addressesOf } from './addresses.js';
import { commandsBy } from './commands.js';
import { Connection } from './connection.js';
import { deploymentOf } from './deployment.js';
import { findCluster } from './discovery/cluster.js';
import { listenFor } from './discovery/hello.js';
import { named } from './discovery/name.js';
import { findServers } from './discovery/replicated.js';
import { findWatched } from './discovery/sentinels.js';
import { accessAs, nodeTimeoutAmong } from './discovery/settings.js';
import type { Found, Named, Seeds } from './discovery/types.js';
import { introduce, textOf, type Ways, waysOf } from './discovery/ways.js';
import { type Identities, identitiesOf } from './identities.js';
import { type Looks, looksAtReplicated, looksInCluster } from './looks.js';
import type { Deployment, Endpoint } from './types.js';

export type { Seeds } from './discovery/types.js';

/** To be disposed of: it keeps connections open. */
export type Discovered = Deployment & AsyncDisposable;

/** @param now the clock that looks are dated by. @throws RedrillError DEPLOYMENT, in one line, for what can't be found out. */
export async function discover(seeds: Seeds, now: () => number): Promise<Discovered> {
  const ways = waysOf(seeds);
  const found = await find(seeds, ways);
  const { kind, members } = found;
  const access = await accessAs(seeds, members, ways);
  const identities = identitiesOf(members);
  const addresses = addressesOf(
    members.map(({ name, announced, also }) => ({ name, address: textOf(announced), also: also.map(textOf) })),
  );
  const servers = members.flatMap(({ server }) => server ?? []);
  const all = members.map((member, index) => endpointAt(member, index, servers, identities, seeds, ways));
  const shards = found.kind === 'cluster' ? found.shards : ONE_SHARD;
  const data = members.filter((member) => !watches(member));
  const replicas = found.kind === 'cluster' ? found.replicas : [data.length - 1];
  const watch = found.kind === 'sentinel' ? found.watch : undefined;
  const primaryName = found.kind === 'sentinel' ? found.primaryName : '';
  const looks: Looks =
    kind === 'cluster'
      ? looksInCluster({ identities, addresses, shards, replicas })
      : looksAtReplicated({
          kind,
          servers: data.map(({ name }) => name),
          primaryName,
          sentinels: watch && {
            names: new Set(members.filter(watches).map(({ name }) => name)),
            quorum: watch.quorum,
          },
          replicas: data.length - 1,
          identities,
          addresses,
        });
  const nodeTimeout = kind === 'cluster' ? await nodeTimeoutAmong(members, ways) : (watch?.downAfter ?? 0);
  const known = { kind, all, shards, replicas, primaryName, nodeTimeout, watch, access, identities, addresses };
  return {
    ...deploymentOf<Endpoint>({ ...known, roundTrip: 0, ...looks }, now),
    [Symbol.asyncDispose]: async () => {
      for (const node of all) node.close();
    },
  };
}

async function find({ at, primaryName, signal }: Seeds, ways: Ways): Promise<Found> {
  const [seed, mode] = await firstThatAnswers(at, ways);
  if (mode === 'cluster') return findCluster([seed, ...at.filter((other) => other !== seed)], ways);
  if (mode === 'sentinel') return findWatched(seed, primaryName, ways);
  const servers = await findServers([seed], ways);
  const answering = servers.filter(({ server }) => server).map(({ announced }) => announced);
  const heard = await listenFor(answering, primaryName, ways, signal);
  if (heard) return findWatched(heard.sentinel, heard.primaryName, ways);
  if (primaryName !== undefined)
    throw new RedrillError('DEPLOYMENT', `no sentinel that watches "${primaryName}" is heard at ${textOf(seed)}`, {
      hint: 'give the address of such a sentinel, or no name where nobody watches',
    });
  return { kind: 'replication', members: named(servers).map((member) => ({ ...member, shard: 1 })) };
}

/** @throws what is wrong with the last of them, where none answers. */
async function firstThatAnswers(at: Seeds['at'], ways: Ways): Promise<[Seeds['at'][number], string]> {
  let failure: unknown = new RedrillError('DEPLOYMENT', 'no address was given');
  for (const seed of at) {
    try {
      const { info } = await introduce(seed, ways);
      return [seed, info.get('redis_mode') ?? info.get('server_mode') ?? 'standalone'];
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function endpointAt(
  member: Named,
  index: number,
  servers: readonly Server[],
  identities: Identities,
  { tls }: Seeds,
  ways: Ways,
): Endpoint & { close(): void } {
  const { name, announced, reached = announced, role, shard } = member;
  const credentials = watches({ role }) ? ways.sentinelCredentials : ways.credentials;
  const front = ways.reach(reached);
  const open: Endpoint['open'] = ({ to = front, as = credentials, ...options } = {}) =>
    new Connection(to, { credentials: as, tls, ...options });
  return {
    name,
    get id() {
      return identities.idOf(name);
    },
    index,
    announced,
    front,
    initial: { shard, role },
    lives: 0,
    credentials,
    // One that is silent is taken for what the first of the others is.
    server: member.server ?? servers[0]!,
    open,
    ...commandsBy(open),
  };
}
