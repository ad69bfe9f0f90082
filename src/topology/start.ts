/**
 * From a spec to a started topology, ready to serve: all agree, replicas are in sync, a write and a read are done on each shard.
 *
 *   seats → configuration files → containers → looks → ready
 */
import { RedrillError } from '../core/errors.js';
import { watches } from '../deployment/roles.js';
import { addressesOf } from '../server/addresses.js';
import { identitiesOf } from '../server/identities.js';
import { beginNodes, infoOf, preparedFor, topologyOf, untilReady } from './begin.js';
import { makeAccess } from './certificates.js';
import { pathsOf } from './config.js';
import { kindOf } from './kinds/index.js';
import { layLinks } from './links.js';
import { mismatch } from './mixed.js';
import { makeDisks } from './persistence.js';
import { redisConf } from './redis-conf.js';
import { seatsOf } from './seats.js';
import type { Begun, Start, Topology } from './types.js';

/** @throws NOT_READY when a replica could never follow its primary. */
export async function startTopology(start: Start): Promise<Topology> {
  const { topology, ready } = await beginTopology(start);
  try {
    await ready();
    return topology;
  } catch (error) {
    await topology[Symbol.asyncDispose]();
    throw error;
  }
}

/** Returns when the servers have been started, and before they are ready. */
export async function beginTopology(start: Start): Promise<Begun> {
  const { spec, server, images } = start;
  const wrong = mismatch(spec, (name) => (name === spec.image ? server : images?.get(name)?.server));
  if (wrong) throw new RedrillError('NOT_READY', wrong);
  const kind = kindOf(spec);
  const topology = await begun(start);
  return {
    topology,
    ready: async () => {
      await untilReady(topology, start, kind.forms(spec, topology.all.length), () => kind.finish?.(topology, start));
      // Forming is no part of a drill: it need not take the long way.
      topology.linksBy = await layLinks(topology);
    },
  };
}

async function begun(start: Start): Promise<Topology> {
  const { spec, fleet, image } = start;
  const kind = kindOf(spec);
  const seats = seatsOf(spec, fleet, start.nodeIds);
  const { access, files: tls } = await makeAccess(spec, seats, start.secrets);
  const configs = seats.map((seat): [string, string] => [
    pathsOf(seat).own.config,
    kind.confOf && watches(seat)
      ? kind.confOf(spec, seats, seat, access)
      : redisConf(spec, seat, preparedFor(start, seat).server, access),
  ]);
  const files = new Map(seats.map((seat) => [seat, kind.files?.(spec, seats, seat) ?? []]));
  const shared = [...files.values()].flat().filter(({ own }) => !own);
  const servers = seats.filter((seat) => !watches(seat));
  await Promise.all([
    fleet.share({ ...Object.fromEntries([...configs, ...shared.map(({ path, text }) => [path, text])]), ...tls }),
    makeDisks(spec, fleet, servers, image.ref),
  ]);
  const info = infoOf(start, seats);
  const [identities, addresses] = [identitiesOf(info), addressesOf(info)];
  const nodes = await beginNodes(start, seats, identities, access, kind.primaryFirst, (seat) =>
    Object.fromEntries((files.get(seat) ?? []).filter(({ own }) => own).map(({ path, text }) => [path, text])),
  );
  const [first] = nodes;
  return topologyOf(start, nodes, info, {
    access,
    identities,
    addresses,
    ...kind.watched(spec, { seats, identities, addresses }),
    ...(kind.entry && first && { entry: kind.entry(first) }),
  });
}
