/** Brings one slot with all its keys to one primary, whatever state it is in: a migration, the rest of one, or its end. */

import { ReplyError } from '../resp.js';
import type { Deployment } from '../types.js';
import type { Holder, SlotFacts } from './facts.js';
import { AT_ONCE, moveKeys, type Pace, setSlot } from './wire.js';

/** Carries out one step and writes it down, as a procedure does. */
export type Run = <T>(title: string, detail: { command?: string; node?: string }, work: () => Promise<T>) => Promise<T>;
export const quietly: Run = (_title, _detail, work) => work();

interface Way {
  run: Run;
  pace?: Pace;
}

/**
 * Every state in between is one that clients can live with: a source that still owns the slot is MIGRATING before its
 * last key leaves it, so that nobody can create another one there; the target owns the slot before the source gives it up.
 */
export async function bringSlot(
  { slot, holders }: SlotFacts,
  to: string,
  topology: Deployment,
  way: Way,
): Promise<void> {
  const target = holders.find(({ node }) => node === to);
  if (!target) throw new Error(`slot ${slot} can't go to ${to}: it is no primary that answers`);
  const others = holders.filter((holder) => holder !== target);
  const owner = others.find(({ owns }) => owns);
  // The owner first: it is the one whose clients must be sent on.
  const sources = others.filter(({ owns, keys }) => owns || keys > 0).sort((a, b) => Number(b.owns) - Number(a.owns));
  const opened = new Set(holders.filter(isOpen).map(({ node }) => node));
  const does = commands(slot, to, topology, way);
  const { set, drain } = does;

  const openTarget = async (): Promise<void> => {
    if (target.owns || !owner) return;
    // An importing node ignores what gossip says of the slot: after a failover of its source it may know no owner at all,
    // and then it serves nothing.
    const misled = target.believes !== owner.node;
    if (misled) await set(to, 'NODE', owner.node);
    if (misled || target.importingFrom === undefined) await set(to, 'IMPORTING', owner.node);
    opened.add(to);
  };
  const openSource = async (source: Holder): Promise<void> => {
    if (source.owns && source.migratingTo !== to) await set(source.node, 'MIGRATING', to);
    // Elsewhere too MIGRATE runs only on an open slot.
    if (!source.owns && !isOpen(source)) await set(source.node, 'IMPORTING', to);
    opened.add(source.node);
  };
  const assign = (): Promise<void> =>
    assignSlot(
      to,
      [...sources, ...others.filter((holder) => !sources.includes(holder))],
      target.owns || !opened.has(to),
      does,
    );

  // A migrating owner answers ASK to a key that is not there yet, also to one that is moved to it.
  if (target.migratingTo !== undefined) await set(to, 'STABLE');
  // While nobody owns the slot, no node takes a key of it.
  const unowned = !target.owns && !owner;
  if (unowned) await assign();
  await openTarget();
  for (const source of sources) {
    await openSource(source);
    await drain(source.node);
  }
  if (!unowned && holders.some(({ owns, node, believes }) => (owns && node !== to) || believes !== to)) await assign();
  for (const node of opened) await set(node, 'STABLE');
}

/** Gives a slot that nobody owns to one primary. Its keys stay where they are: while it has no owner none can be moved. */
export async function claimSlot(
  { slot, holders }: SlotFacts,
  to: string,
  topology: Deployment,
  way: Way,
): Promise<void> {
  const others = holders.filter(({ node }) => node !== to);
  const target = holders.find(({ node }) => node === to);
  await assignSlot(to, others, target?.importingFrom === undefined, commands(slot, to, topology, way));
}

/** SETSLOT NODE raises the epoch of an importing node only; without the highest one others may not believe it. */
async function assignSlot(
  to: string,
  others: readonly Holder[],
  raise: boolean,
  { set, bump, drain }: Commands,
): Promise<void> {
  await set(to, 'NODE', to);
  if (raise) await bump();
  for (const { node } of others)
    await set(node, 'NODE', to).catch(async (error: unknown) => {
      if (!(error instanceof ReplyError) || !/still hold keys/.test(error.message)) throw error;
      await drain(node);
      await set(node, 'NODE', to);
    });
}

type Commands = ReturnType<typeof commands>;

function commands(slot: number, to: string, topology: Deployment, { run, pace = AT_ONCE }: Way) {
  const node = (name: string) => topology.node(name);
  return {
    set: (name: string, word: 'IMPORTING' | 'MIGRATING' | 'NODE' | 'STABLE', peer?: string) =>
      run(
        `${titles[word]} slot ${slot} on ${name}`,
        { node: name, command: ['CLUSTER SETSLOT', slot, word, peer].filter((part) => part !== undefined).join(' ') },
        () => (word === 'STABLE' ? setSlot(node(name), slot, word) : setSlot(node(name), slot, word, node(peer!))),
      ),
    bump: () =>
      run(`Raise the epoch of ${to}`, { node: to, command: 'CLUSTER BUMPEPOCH' }, async () =>
        String(await node(to).call(['CLUSTER', 'BUMPEPOCH'])),
      ),
    drain: (name: string) =>
      run(
        `Move the keys of slot ${slot} from ${name} to ${to}`,
        { node: name, command: 'MIGRATE … KEYS …' },
        async () => {
          const moved = await moveKeys(node(name), node(to), slot, pace);
          return `${moved} keys`;
        },
      ),
  };
}

const titles = { IMPORTING: 'Import', MIGRATING: 'Migrate', NODE: 'Assign', STABLE: 'Close' } as const;

const isOpen = ({ migratingTo, importingFrom }: Holder): boolean =>
  migratingTo !== undefined || importingFrom !== undefined;

/** "node-1 owns it, 10 keys, migrating to node-2" */
export function tell({ node, owns, believes, keys, migratingTo, importingFrom }: Holder): string {
  return [
    `${node} ${owns ? 'owns it' : `holds ${believes ?? 'nobody'} for the owner`}`,
    `${keys} keys`,
    ...(migratingTo === undefined ? [] : [`migrating to ${migratingTo}`]),
    ...(importingFrom === undefined ? [] : [`importing from ${importingFrom}`]),
  ].join(', ');
}
