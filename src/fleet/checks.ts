/** How a fleet says what it can do here, and what is the same for every kind of it. */
import { statfs } from 'node:fs/promises';
import { messageOf, RedrillError } from '../core/errors.js';
import { formatSize, s } from '../core/units.js';
import { within } from '../core/until.js';
import { journalDirectory } from './journal.js';

export interface Check {
  name: string;
  status: 'ok' | 'warn' | 'fail';
  detail: string;
  hint?: string;
}

export type Look = Omit<Check, 'name'>;

export const ok = (detail: string): Look => ({ status: 'ok', detail });
export const warn = (detail: string, hint: string): Look => ({ status: 'warn', detail, hint });
export const fail = (detail: string, hint: string): Look => ({ status: 'fail', detail, hint });

export async function check(name: string, look: () => Promise<Look>): Promise<Check> {
  try {
    return { name, ...(await within(look(), s(30), name)) };
  } catch (error) {
    const hint = error instanceof RedrillError ? error.hint : undefined;
    return { name, status: 'fail', detail: messageOf(error), ...(hint && { hint }) };
  }
}

/** For reports: what a drill writes is written here. */
export async function freeDisk(): Promise<Look> {
  const { bavail, bsize } = await statfs(process.cwd());
  const bytes = bavail * bsize;
  const detail = `${formatSize(bytes)} free for reports; journals in ${journalDirectory()}`;
  return bytes > 2 ** 30
    ? ok(detail)
    : warn(detail, 'A long run writes some hundred MB: make room, or choose another folder for reports.');
}
