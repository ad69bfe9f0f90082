/**
 * Containers that all talk to each other share two kernel limits. The neighbour table: when it is full, connections time
 * out for no visible reason, so it is enlarged for the run or the run is refused. The receive backlog: n nodes asking for
 * n addresses at once are n² broadcast copies, and those that overflow it are asked for again a second or two later.
 */
import { access, constants, readFile, writeFile } from 'node:fs/promises';
import { messageOf, RedrillError } from '../../core/errors.js';
import { type KernelSetting, kernelSettings } from '../intents.js';
import { findJournals, type Intent, type Journal } from '../journal.js';
import { liveness } from '../liveness.js';
import type { Engine } from './engine.js';
import type { Tools } from './tools.js';

const DIRECTORY = '/proc/sys/net';
export const GC_THRESH3 = 'ipv4/neigh/default/gc_thresh3';
const keys = ['ipv4/neigh/default/gc_thresh1', 'ipv4/neigh/default/gc_thresh2', GC_THRESH3] as const;
const BACKLOG = 'core/netdev_max_backlog';
const sysctlName = (key: string): string => `net.${key.replaceAll('/', '.')}`;

/** Entries for n fully meshed containers: each one's peers, its gateways, and the gateways' own entries. */
export const entriesFor = (containers: number): number => containers * (containers - 1 + 2 + 2) + 128;

export interface Sysctls {
  read(key: KernelSetting): Promise<string>;
  write(key: KernelSetting, value: string): Promise<void>;
}

/** These settings exist once for all network name spaces: here when the engine shares our kernel, else over there. */
export async function openSysctls(engine: Engine, startTools: () => Promise<Tools>): Promise<Sysctls> {
  const path = (key: KernelSetting): string => {
    if (!Object.hasOwn(kernelSettings, key)) throw new RedrillError('BUG', `${key} is no setting of redrill's`);
    return `${DIRECTORY}/${key}`;
  };
  if (engine.local && (await writable(path(GC_THRESH3))))
    return {
      read: async (key) => (await readFile(path(key), 'utf8')).trim(),
      write: (key, value) => writeFile(path(key), value),
    };
  const tools = await startTools();
  return {
    read: async (key) => (await tools.script('cat "$1"', [path(key)])).trim(),
    write: async (key, value) => void (await tools.script('echo "$2" > "$1"', [path(key), value])),
  };
}

const writable = (path: string): Promise<boolean> =>
  access(path, constants.W_OK).then(
    () => true,
    () => false,
  );

export async function makeRoomForNeighbours(
  open: () => Promise<Sysctls>,
  containers: number,
  journal: Journal,
): Promise<void> {
  const need = entriesFor(containers);
  const wanted = [need, 2 * need, 4 * need] as const;
  let limit: number | undefined;
  try {
    const sysctls = await open();
    const now = (await Promise.all(keys.map((key) => sysctls.read(key)))) as [string, string, string];
    limit = Number(now[2]);
    // Above the second threshold the kernel begins to throw entries out after five seconds.
    const enough = Number(now[1]) >= need && limit >= need;
    const debts = inheritedDebts();
    // From the largest to the smallest, so that they stay in order at every moment.
    for (const i of [2, 1, 0] as const) {
      const raise = !enough && Number(now[i]) < wanted[i];
      const was = debts.get(keys[i]) ?? now[i];
      if (!raise && was === now[i]) continue;
      await journal.note({ intent: 'sysctl', key: keys[i], was, now: raise ? String(wanted[i]) : now[i] });
      if (raise) await sysctls.write(keys[i], String(wanted[i]));
    }
    await lengthenBacklog(sysctls, containers, journal, debts);
  } catch (cause) {
    if (limit !== undefined && limit >= need) return;
    const table = `the kernel's neighbour table (its limit is ${limit ?? 'unknown'})`;
    const settings = keys.map((key, i) => `${sysctlName(key)}=${wanted[i]}`).reverse();
    throw new RedrillError(
      'ENVIRONMENT',
      `${containers} containers need about ${need} entries in ${table}, which could not be enlarged: ${messageOf(cause)}`,
      { hint: `On the engine's machine: sysctl -w ${settings.join(' ')}. Or use fewer nodes.`, cause },
    );
  }
}

/** A short backlog costs seconds, not correctness: where it can't be lengthened the run goes on. */
async function lengthenBacklog(
  sysctls: Sysctls,
  containers: number,
  journal: Journal,
  debts: Map<KernelSetting, string>,
): Promise<void> {
  const need = 2 * containers * containers;
  try {
    const now = await sysctls.read(BACKLOG);
    const was = debts.get(BACKLOG) ?? now;
    const raise = Number(now) < need;
    if (!raise && was === now) return;
    await journal.note({ intent: 'sysctl', key: BACKLOG, was, now: raise ? String(need) : now });
    if (raise) await sysctls.write(BACKLOG, String(need));
  } catch {
    // Read-only /proc/sys, or a kernel without it.
  }
}

/** Old values that other live runs will have to restore: whoever ends last restores the oldest. */
function inheritedDebts(): Map<KernelSetting, string> {
  const debts = new Map<KernelSetting, string>();
  for (const { header, intents } of findJournals())
    if (liveness(header) === 'alive')
      for (const entry of intents)
        if (entry.intent === 'sysctl' && !(Number(debts.get(entry.key)) <= Number(entry.was)))
          debts.set(entry.key, entry.was);
  return debts;
}

/** Puts back what this run changed, unless another live run still needs it: that one has the old value in its journal. */
export async function restoreNeighbours(
  open: () => Promise<Sysctls>,
  runId: string,
  intents: readonly Intent[],
): Promise<string[]> {
  const mine = intents.filter((entry) => entry.intent === 'sysctl');
  if (mine.length === 0) return [];
  const others = findJournals().filter((j) => j.header.runId !== runId && liveness(j.header) === 'alive');
  const needed = new Set(
    others.flatMap((j) => j.intents.flatMap((entry) => (entry.intent === 'sysctl' ? [entry.key] : []))),
  );
  const sysctls = await open();
  const restored: string[] = [];
  // From the smallest to the largest: the reverse of how they were raised.
  for (const { key, was } of [...mine].reverse()) {
    if (needed.has(key)) continue;
    // They were only ever enlarged: one that is small again was put back by somebody else.
    if (Number(await sysctls.read(key)) <= Number(was)) continue;
    await sysctls.write(key, was);
    restored.push(`${sysctlName(key)} = ${was}`);
  }
  return restored;
}
