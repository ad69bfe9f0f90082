/** How a command ends when it throws: what is said on stderr, and the exit status. */
import { CommanderError } from 'commander';
import { RedrillError } from '../core/errors.js';
import { paint, say } from './output.js';

const USAGE = 64;
const BUG = 70;

export function reportFailure(error: unknown): number {
  // commander has already said it: help, version, or what is wrong with the arguments.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  if (error instanceof RedrillError) {
    say(isInvalid(error) ? error.show(coloured()) : message(error));
    if (error.hint) say(`  ${error.hint}`);
    return error.exitStatus;
  }
  say(`${paint('red', 'this is a bug in redrill', process.stderr)}; please report it with what stands below`);
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  for (let cause = (error as Error)?.cause; cause instanceof Error; cause = cause.cause)
    say(`caused by ${cause.stack ?? cause.message}`);
  return BUG;
}

/** Many problems at once show themselves. Known by its shape: importing the class would load the whole scenario schema for every command. */
const isInvalid = (error: RedrillError): error is RedrillError & { show(color: boolean): string } =>
  'show' in error && typeof error.show === 'function';

function message({ message, position }: RedrillError): string {
  const where = position ? `${position.file}:${position.line}:${position.column}  ` : '';
  return `${paint('red', 'error', process.stderr)}  ${where}${message}`;
}

const coloured = (): boolean => paint('red', 'x', process.stderr) !== 'x';
