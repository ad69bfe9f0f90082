/** One look at a server outside a cluster: INFO tells whom it follows and who follows it. */

import { parseInfo } from '../deployment/nodes-text.js';
import { ALL_SLOTS } from '../deployment/slots.js';
import { SILENT_LINK } from '../deployment/timing.js';
import type { NodeView, PeerView } from '../deployment/types.js';
import { unreachable } from '../deployment/views.js';
import type { Connection } from './connection.js';
import { readInfo } from './look.js';

/** Seconds, as INFO counts: who has heard nothing for longer is not linked, whatever it says itself. */
const FRESH = SILENT_LINK / 1000;

export interface Directory {
  /** Data nodes. */
  readonly names: readonly string[];
  /** "10.0.0.1:6379" → node-1. */
  nameOf(host: string, port: string | number): string | undefined;
  /** Who bears the id of a sentinel; a former id of a node is told from the node. */
  bearerOf?(id: string): string;
}

export async function lookAtServer(
  name: string,
  connection: Connection,
  directory: Directory,
  now: () => number,
  timeout = 250,
): Promise<NodeView> {
  const [reply] = await connection.ask([['INFO']], timeout);
  const t = now();
  if (reply === undefined) return unreachable(name, t);
  if (typeof reply !== 'string') return { ...unreachable(name, t), reachable: true, role: 'loading' };
  const info = parseInfo(reply);
  return {
    ...readInfo(info),
    state: 'ok',
    currentEpoch: promotedAt(info),
    node: name,
    t,
    reachable: true,
    peers: peersOf(name, info, directory),
  };
}

/**
 * The offset at which this server was promoted, 0 if it never was (INFO second_repl_offset, set when a replica becomes
 * primary). Of two that call themselves primary the one promoted later is the successor: offsets of one history only grow.
 */
const promotedAt = (info: Map<string, string>): number => Math.max(0, Number(info.get('second_repl_offset') ?? -1));

function peersOf(self: string, info: Map<string, string>, { names, nameOf }: Directory): Map<string, PeerView> {
  const plain: PeerView = { role: 'replica', health: 'ok', epoch: 0, slots: [], open: [], linked: false };
  const peers = new Map<string, PeerView>(names.map((name) => [name, { ...plain }]));
  if (info.get('role') === 'master') {
    peers.set(self, { ...plain, role: 'primary', epoch: promotedAt(info), slots: [ALL_SLOTS], linked: true });
    for (const replica of replicasIn(info)) {
      const name = nameOf(replica.ip ?? '', replica.port ?? '');
      if (name !== undefined && name !== self)
        peers.set(name, {
          ...plain,
          primary: self,
          linked: replica.state === 'online' && Number(replica.lag) <= FRESH,
        });
    }
    return peers;
  }
  const primary = nameOf(info.get('master_host') ?? '', info.get('master_port') ?? '');
  peers.set(self, { ...plain, linked: true, ...(primary !== undefined && { primary }) });
  if (primary !== undefined && primary !== self) {
    const heard = Number(info.get('master_last_io_seconds_ago') ?? -1);
    const linked = info.get('master_link_status') === 'up' && heard >= 0 && heard <= FRESH;
    peers.set(primary, { ...plain, role: 'primary', slots: [ALL_SLOTS], linked });
  }
  return peers;
}

/** slave0:ip=10.0.0.2,port=6379,state=online,offset=14,lag=1 */
export const replicasIn = (info: Map<string, string>): Record<string, string>[] =>
  [...info]
    .filter(([key]) => /^slave\d+$/.test(key))
    .map(([, value]) => Object.fromEntries(value.split(',').map((field) => field.split('='))));
