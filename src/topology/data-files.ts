/** The files a server keeps its data in, below DATA. From Redis 7.0 on the append-only file is a folder with a manifest. */
import { atLeast } from '../deployment/versions.js';
import { DATA, keeps } from './persistence.js';
import { placeOf } from './settings.js';
import type { ManagedNode, Topology } from './types.js';

export interface DataFiles {
  rdb: string;
  /** What redis-check-aof is given: the manifest, or the one file there is before 7.0. */
  aof: string;
  /** The folder of the parts; undefined before 7.0. */
  parts: string | undefined;
  /** Everything that makes up the data, and nothing else. */
  all: string[];
}

/** Relative to DATA. */
export function dataFiles(
  { spec }: Pick<Topology, 'spec'>,
  node: Pick<ManagedNode, 'server' | 'name' | 'initial' | 'zone'>,
): DataFiles {
  const { setting } = keeps(spec, placeOf(node));
  const { server } = node;
  const rdb = setting('dbfilename') || 'dump.rdb';
  const name = setting('appendfilename') || 'appendonly.aof';
  if (!atLeast(server, 7, 0)) return { rdb, aof: name, parts: undefined, all: [rdb, name] };
  const parts = setting('appenddirname') || 'appendonlydir';
  return { rdb, aof: `${parts}/${name}.manifest`, parts, all: [rdb, parts] };
}

/** Where the last commands are: the newest part that the manifest names. */
export async function lastPart(node: ManagedNode, { aof, parts }: DataFiles): Promise<string> {
  if (parts === undefined) return aof;
  const manifest = (await node.container.read(`${DATA}/${aof}`)).toString();
  const names = [...manifest.matchAll(/^file (\S+) seq \d+ type i/gm)].map(([, name]) => name!);
  const last = names.at(-1);
  if (last === undefined) throw new Error(`the manifest ${aof} of ${node.name} names no file of commands`);
  return `${parts}/${last}`;
}
