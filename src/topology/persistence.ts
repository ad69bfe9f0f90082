/** What a node keeps on its disk: the settings that each kind of persistence is, and what the settings of a scenario make of it. */

import type { Fleet } from '../fleet/types.js';
import type { Persistence } from './persistence-kinds.js';
import { linesFor, type Placed, type Settings, settingsFor, variants } from './settings.js';
import type { TopologySpec } from './types.js';

/** Where a node's data is in its container. */
export const DATA = '/data';

const lines: Record<Persistence, Settings> = {
  none: { save: '""', appendonly: 'no' },
  rdb: { save: '3600 1 300 100 60 10000', appendonly: 'no' },
  aof: { save: '""', appendonly: 'yes', appendfsync: 'everysec' },
  'aof-always': { save: '""', appendonly: 'yes', appendfsync: 'always' },
};

export const persistenceLines = ({ persistence = 'none' }: Pick<TopologySpec, 'persistence'>): Settings =>
  lines[persistence];

type Kept = Pick<TopologySpec, 'config' | 'configs'> & { persistence?: Persistence; disk?: number };

interface Keeps {
  rdb: boolean;
  aof: boolean;
  disk: boolean;
  setting(name: string): string;
}

/** By the settings, which have the last word: the server reads an append-only file if it keeps one, else a snapshot. */
export const keeps = (spec: Kept, node: Placed): Keeps => kept(spec, settingsFor(spec, node));

/** What there is of it among the nodes: who is hit is known later. */
export const keptAmong = (spec: Kept): Keeps[] => variants(spec).map((settings) => kept(spec, settings));

function kept(spec: Kept, settings: Settings): Keeps {
  const all: Settings = { ...persistenceLines(spec), ...settings };
  const setting = (name: string): string => linesFor(all[name] ?? '').join(' ');
  return {
    rdb: /\d/.test(setting('save')),
    aof: setting('appendonly') === 'yes',
    disk: needsDisk(spec),
    setting,
  };
}

export const needsDisk = ({ persistence = 'none', disk }: Omit<Kept, 'config'>): boolean =>
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
