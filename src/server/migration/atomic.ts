/**
 * Slots moved by the servers themselves, all keys at once (Valkey 9 and newer): the source makes the target a replica of
 * these slots, pauses writes to them when it has caught up, and hands them over.
 */
import type { Server, SlotRange } from '../../deployment/types.js';
import { atLeast } from '../../deployment/versions.js';
import type { Reply } from '../resp.js';
import type { Endpoint } from '../types.js';

const TIMEOUT = 10_000;

export const hasAtomic = (server: Server): boolean => server.product === 'valkey' && atLeast(server, 9, 0);

/** One side's entry of a migration. */
export interface Job {
  name: string;
  operation: 'EXPORT' | 'IMPORT';
  ranges: SlotRange[];
  state: string;
  /** Why it failed, in the server's words. */
  message: string;
}

export const ASK_JOBS = ['CLUSTER', 'GETSLOTMIGRATIONS'];

/** The newest first. */
const jobsOf = async (node: Endpoint): Promise<Job[]> => readJobs(await node.call(ASK_JOBS, { timeout: TIMEOUT }));

export const readJobs = (reply: Reply): Job[] =>
  (reply as Reply[][]).map((flat) => {
    const field = (name: string): string => String(flat[flat.indexOf(name) + 1] ?? '');
    return {
      name: field('name'),
      operation: field('operation') as Job['operation'],
      ranges: field('slot_ranges')
        .split(' ')
        .map((range) => range.split('-').map(Number) as [number, number]),
      state: field('state'),
      message: field('message'),
    };
  });

/** Any other state is one of a job that runs. */
export const isOver = ({ state }: Job): boolean => ['success', 'failed', 'cancelled'].includes(state);

/** Begins it. @returns the job's name, which both sides know it by. */
export async function exportSlots(source: Endpoint, target: Endpoint, ranges: readonly SlotRange[]): Promise<string> {
  const before = new Set((await jobsOf(source)).map(({ name }) => name));
  await source.call(['CLUSTER', 'MIGRATESLOTS', 'SLOTSRANGE', ...ranges.flat(), 'NODE', target.id], {
    timeout: TIMEOUT,
  });
  const begun = (await jobsOf(source)).find(({ name, operation }) => operation === 'EXPORT' && !before.has(name));
  if (!begun) throw new Error(`${source.name} knows no job of the migration that it has just begun`);
  return begun.name;
}

/** undefined: a server that was started anew has forgotten it. */
export const jobOf = async (node: Endpoint, name: string): Promise<Job | undefined> =>
  (await jobsOf(node)).find((job) => job.name === name);
