/** What a node keeps on its disk: the settings that each kind of persistence is, and what the settings of a scenario make of it. */
import type { Fleet } from '../fleet/types.js';
import type { TopologySpec } from './types.js';

/** Where a node's data is in its container. */
export const DATA = '/data';

/** `rdb`: snapshots at the server's own default save points, and at an orderly end. `aof`: every write, synced each second or always. */
export const kindsOfPersistence = ['none', 'rdb', 'aof', 'aof-always'] as const;
export type Persistence = (typeof kindsOfPersistence)[number];

const lines: Record<Persistence, Record<string, string>> = {
  none: { save: '""', appendonly: 'no' },
  rdb: { save: '3600 1 300 100 60 10000', appendonly: 'no' },
  aof: { save: '""', appendonly: 'yes', appendfsync: 'everysec' },
  'aof-always': { save: '""', appendonly: 'yes', appendfsync: 'always' },
};

export const persistenceLines = ({ persistence = 'none' }: Pick<TopologySpec, 'persistence'>): Record<string, string> =>
  lines[persistence];

type Kept = Pick<TopologySpec, 'config'> & { persistence?: Persistence; disk?: number };

/** By the settings, which have the last word: the server reads an append-only file if it keeps one, else a snapshot. */
export function keeps(spec: Kept): { rdb: boolean; aof: boolean; disk: boolean; setting(name: string): string } {
  const all: Record<string, string> = { ...persistenceLines(spec), ...spec.config };
  const setting = (name: string): string => all[name] ?? '';
  return {
    rdb: /\d/.test(setting('save')),
    aof: setting('appendonly') === 'yes',
    disk: needsDisk(spec),
    setting,
  };
}

/** Before Redis 7.0 a line holds no more than one save point. */
export const savePoints = (save: string): string[] => save.match(/\d+\s+\d+/g) ?? ['""'];

const needsDisk = ({ persistence = 'none', disk }: Omit<Kept, 'config'>): boolean =>
  persistence !== 'none' || disk !== undefined;

/** A volume for each node that keeps something; the others need none, and start faster. */
export async function makeDisks(
  spec: TopologySpec,
  fleet: Fleet,
  nodes: readonly { name: string }[],
  image: string,
): Promise<void> {
  if (!needsDisk(spec)) return;
  const containers = nodes.map(({ name }) => name);
  await fleet.disks({ containers, path: DATA, image, ...(spec.disk !== undefined && { size: spec.disk }) });
}
