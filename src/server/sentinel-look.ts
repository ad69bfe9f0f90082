/** One look at a sentinel: whom it holds for the primary, and who it thinks is down. */

import { parseInfo } from '../deployment/nodes-text.js';
import { ALL_SLOTS } from '../deployment/slots.js';
import { SILENT_LINK } from '../deployment/timing.js';
import type { NodeView, PeerView } from '../deployment/types.js';
import { unreachable } from '../deployment/views.js';
import type { Connection } from './connection.js';
import { formerName } from './identities.js';
import type { Reply } from './resp.js';
import type { Directory } from './server-look.js';

const questionsAbout = (primary: string): string[][] => [
  ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', primary],
  ['SENTINEL', 'MASTER', primary],
  ['SENTINEL', 'REPLICAS', primary],
  ['SENTINEL', 'SENTINELS', primary],
  ['INFO'],
];

type Fields = Map<string, string>;

export async function lookAtSentinel(
  name: string,
  connection: Connection,
  directory: Directory & { primaryName: string },
  now: () => number,
  timeout = 250,
): Promise<NodeView> {
  const replies = await connection.ask(questionsAbout(directory.primaryName), timeout);
  const t = now();
  if (replies.some((reply) => reply === undefined)) return unreachable(name, t);
  const [address, primary, replicas, sentinels, text] = replies as Reply[];
  const info = parseInfo(typeof text === 'string' ? text : '');
  const watched = fieldsOf(primary);
  const others = listOf(sentinels);
  return {
    ...unreachable(name, t),
    reachable: true,
    role: 'sentinel',
    state: info.get('sentinel_tilt') === '1' ? 'fail' : 'ok',
    currentEpoch: epochOf(watched, others),
    runId: info.get('run_id') ?? '',
    peers: peersOf(name, address, watched, listOf(replicas), others, directory),
  };
}

/** An election raises the epoch of the leader that is voted for, before the configuration's own follows. */
function epochOf(watched: Fields, sentinels: readonly Fields[]): number {
  const number = (fields: Fields, key: string): number => Number(fields.get(key) ?? 0);
  const voted = sentinels.map((fields) => number(fields, 'voted-leader-epoch'));
  const running = flagsOf(watched).has('failover_in_progress') ? 1 : 0;
  return Math.max(number(watched, 'config-epoch') + running, ...voted);
}

function peersOf(
  self: string,
  address: Reply | undefined,
  watched: Fields,
  replicas: readonly Fields[],
  sentinels: readonly Fields[],
  { names, nameOf, bearerOf }: Directory,
): Map<string, PeerView> {
  const plain: PeerView = { role: 'replica', health: 'ok', epoch: 0, slots: [], open: [], linked: false };
  const peers = new Map<string, PeerView>(names.map((name) => [name, { ...plain }]));
  const [host, port] = Array.isArray(address) ? address.map(String) : [];
  const primary = nameOf(host ?? '', port ?? '');
  for (const fields of [...replicas, watched]) {
    const name = nameOf(fields.get('ip') ?? '', fields.get('port') ?? '');
    if (name !== undefined) peers.set(name, { ...plain, ...seen(fields), ...(primary !== undefined && { primary }) });
  }
  if (primary !== undefined) {
    const { primary: _, ...found } = peers.get(primary) ?? plain;
    peers.set(primary, {
      ...found,
      role: 'primary',
      epoch: Number(watched.get('config-epoch') ?? 0),
      slots: [ALL_SLOTS],
    });
  }
  for (const fields of sentinels) {
    const name =
      nameOf(fields.get('ip') ?? '', fields.get('port') ?? '') ?? formerly(fields.get('runid') ?? '', bearerOf);
    if (name !== undefined) peers.set(name, { ...plain, role: 'sentinel', ...seen(fields) });
  }
  peers.set(self, { ...plain, role: 'sentinel', linked: true });
  return peers;
}

/** Redis 6: one that was there before another id came to its address has port 0, and goes on counting: it is nobody any more. */
function formerly(id: string, bearerOf: Directory['bearerOf']): string | undefined {
  const name = bearerOf?.(id);
  return name?.startsWith('sentinel-') && !name.includes(' ') ? formerName(name, id) : name;
}

const flagsOf = (fields: Fields): Set<string> => new Set((fields.get('flags') ?? '').split(','));

function seen(fields: Fields): Pick<PeerView, 'health' | 'linked'> {
  const flags = flagsOf(fields);
  return {
    health: flags.has('o_down') ? 'fail' : flags.has('s_down') ? 'pfail' : 'ok',
    linked: !flags.has('disconnected') && Number(fields.get('last-ok-ping-reply') ?? 0) < SILENT_LINK,
  };
}

/** Sentinels answer with flat lists: name, value, name, value. */
export function fieldsOf(reply: Reply | undefined): Fields {
  const flat = Array.isArray(reply) ? reply.map(String) : [];
  return new Map(flat.flatMap((key, i) => (i % 2 === 0 ? [[key, flat[i + 1] ?? ''] as const] : [])));
}

export const listOf = (reply: Reply | undefined): Fields[] => (Array.isArray(reply) ? reply.map(fieldsOf) : []);
