import { messageOf, RedrillError } from '../core/errors.js';
import { s } from '../core/units.js';
import { within } from '../core/until.js';

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
