/** Values of command-line options, read and checked. */
import { InvalidArgumentError } from 'commander';

/** An option that may be given several times. */
export const repeatable = (value: string, values: string[] = []): string[] => [...values, value];

export function positive(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1 || n > 1000)
    throw new InvalidArgumentError('a whole number from 1 to 1000 is expected.');
  return n;
}

export function reporter(name: string, names: string[] = []): string[] {
  if (name !== 'github') throw new InvalidArgumentError('known reporters: github.');
  return [...names, name];
}

/** The file is read before the command begins (main.ts). */
export const useOption = [
  '--use <file>',
  'a file of faults, procedures and objectives of your own; repeatable',
  repeatable,
] as const;
