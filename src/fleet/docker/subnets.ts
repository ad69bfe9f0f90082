/**
 * Only the engine knows which subnets are free for it, and it tells by making a network, which costs a fifth of a
 * second. What it chose for earlier runs is remembered, and taken again when nothing else uses it now.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../core/folder.js';
import { stateDirectory } from '../journal.js';
import { ask, type Engine } from './engine.js';
import { overlap, routes } from './ipv4.js';

const file = (): string => join(stateDirectory(), 'subnets.json');

type Memory = Record<string, string[]>;

async function recall(): Promise<Memory> {
  try {
    return JSON.parse(await readFile(file(), 'utf8'));
  } catch {
    return {};
  }
}

/** Subnets that the engine chose before and that neither a network nor a route of this machine touches now. */
export async function freeSubnets(engine: Engine): Promise<string[]> {
  const known = (await recall())[engine.id] ?? [];
  if (known.length === 0) return [];
  const networks = await ask('list networks', engine.docker.listNetworks());
  const used = networks.flatMap((n) => n.IPAM?.Config?.flatMap((c) => c.Subnet ?? []) ?? []);
  if (engine.local) used.push(...routes(await readFile('/proc/net/route', 'utf8').catch(() => '')));
  return known.filter((subnet) => !used.some((other) => overlap(subnet, other)));
}

export async function rememberSubnet(engine: Engine, subnet: string): Promise<void> {
  const memory = await recall();
  const known = memory[engine.id] ?? [];
  if (known.includes(subnet)) return;
  // A cache: losing a concurrent run's entry, or not being able to write, costs nothing but time.
  const draft = `${file()}.${process.pid}`;
  await makeFolder(dirname(file()))
    .then(() => writeFile(draft, JSON.stringify({ ...memory, [engine.id]: [...known, subnet].slice(-8) })))
    // Another run may just be reading it.
    .then(() => rename(draft, file()))
    .catch(() => {});
}
