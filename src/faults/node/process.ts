/** What the process faults share: the moment a node fell silent, and bringing it back. */
import { s } from '../../core/units.js';
import { bringUp } from '../../topology/bring-up.js';
import { ReplyError } from '../../topology/resp.js';
import type { RedisNode } from '../../topology/types.js';
import type { Evidence } from '../../workload/recording.js';
import { DidNotBite, type FaultContext } from '../types.js';

export const START_BUDGET = s(30);
/** Exit codes: 128 + SIGKILL, 128 + SIGSEGV. */
export const KILLED = 137;
export const SEGV = 139;
/** A crash report may take seconds to print on a busy machine. */
const ENDING = s(10);

/** A real invalid memory access. No reply is what a crashed server gives. */
export async function crash(node: RedisNode): Promise<void> {
  const connection = node.open({ timeout: 5000 });
  try {
    await connection.call(['DEBUG', 'SEGFAULT']);
  } catch (error) {
    if (error instanceof ReplyError) throw new DidNotBite(`${node.name} refuses DEBUG SEGFAULT: ${error.message}`);
  } finally {
    connection.close();
  }
}

/** The moment the first target stopped answering, by our own connections; every target has to fall silent. */
export async function fellSilent(
  targets: RedisNode[],
  ctx: FaultContext,
  since: number,
  what: string,
): Promise<Evidence> {
  const silences = await Promise.all(targets.map((node) => ctx.silence(node.name, since)));
  const details = silences.map((silence, i) => {
    const node = targets[i]!;
    if (!silence) throw new DidNotBite(`${node.name} went on answering after ${what}`);
    // It bit between the last answer and the first silence, and not before we asked for it.
    const from = Math.max(silence.lastAnswer, since);
    const to = Math.max(silence.firstSilence, from);
    return { at: (from + to) / 2, uncertainty: (to - from) / 2, text: `${node.name}: ${silence.how}` };
  });
  const first = details.reduce((a, b) => (b.at < a.at ? b : a));
  return { at: first.at, uncertainty: first.uncertainty, text: `${what}; ${details.map((d) => d.text).join('; ')}` };
}

/** Waits for the process to end and returns its exit code, or says that it lives on. */
export async function exitCode(node: RedisNode, within: number): Promise<number> {
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new DidNotBite(`${node.name} is still running after ${within} ms`)), within);
    timer.unref();
  });
  return Promise.race([node.container.exited(), late]);
}

/** Every process has to end with this exit code, which the signal alone gives; any other end is another fault. */
export async function endedWith(targets: RedisNode[], code: number, signal: string): Promise<void> {
  const codes = await Promise.all(targets.map((node) => exitCode(node, ENDING)));
  const wrong = codes.findIndex((got) => got !== code);
  if (wrong >= 0)
    throw new DidNotBite(`${targets[wrong]!.name} ended with exit code ${codes[wrong]}, not ${code} (${signal})`);
}

/**
 * Begun before the processes are ended: a supervisor or an operator may have started them again by the time that a later
 * look comes, and then nobody knows how they ended.
 */
export function watchEnd(
  targets: RedisNode[],
  code: number,
  signal: string,
  ctx: FaultContext,
  what = `process ended with exit code ${code}`,
): Promise<Evidence> {
  const since = ctx.clock.now();
  const proof = endedWith(targets, code, signal).then(() => fellSilent(targets, ctx, since, what));
  // Who ends them may fail first.
  proof.catch(() => undefined);
  return proof;
}

export const startAllAgain = (targets: RedisNode[]) => async (): Promise<void> => {
  await Promise.all(targets.map((node) => bringUp(node, START_BUDGET)));
};
