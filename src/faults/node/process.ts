/** What the process faults share: the moment a node fell silent, or its process ended, and bringing it back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { s } from '../../core/units.js';
import { WaitTimeout } from '../../core/until.js';
import type { Evidence } from '../../recording/deeds.js';
import { ReplyError } from '../../server/resp.js';
import { bringUp } from '../../topology/bring-up.js';
import type { ManagedNode } from '../../topology/types.js';
import { first } from '../moment.js';
import { DidNotBite, type FaultContext, type Silence } from '../types.js';
import { nodeByNode } from '../undo.js';

/** Until a server that is started gives its first answer. */
export const START_BUDGET = s(30);
/** Exit codes: 128 + SIGKILL, 128 + SIGSEGV. */
export const KILLED = 137;
export const SEGV = 139;
/** A crash report may take seconds to print on a busy machine. */
const ENDING = s(10);
/** ms after the end of a process in which those who were connected to it have noticed. */
const NOTICED = 500;
/** ms by which the engine tells of an end late, at the most that is usual. */
const LATE = 300;

/** A real invalid memory access. No reply is what a crashed server gives. */
export async function crash(node: ManagedNode): Promise<void> {
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
  targets: ManagedNode[],
  ctx: FaultContext,
  since: number,
  what: string,
  /** When it was done, for what is proven otherwise: then one that was silent before is hit all the same. */
  done?: { at: number; uncertainty: number },
): Promise<Evidence> {
  const silences = await Promise.all(targets.map((node) => ctx.silence(node.name, since)));
  const details = silences.map((silence, i) => {
    const { name } = targets[i]!;
    if (!silence) throw new DidNotBite(`${name} went on answering after ${what}`);
    if (silence.already && done) return { ...done, text: `${name}: silent already` };
    if (silence.already)
      throw new DidNotBite(`${name} was silent before (${silence.how}): nobody can tell what came of it`);
    return { ...bite(silence, since), text: `${name}: ${silence.how}` };
  });
  return { ...when(first(details)), text: `${what}; ${details.map((d) => d.text).join('; ')}` };
}

/** It bit between the last answer and the first silence, and not before we asked for it. */
function bite({ lastAnswer, firstSilence }: Silence, since: number): { at: number; uncertainty: number } {
  const from = Math.max(lastAnswer, since);
  const to = Math.max(firstSilence, from);
  return { at: (from + to) / 2, uncertainty: (to - from) / 2 };
}

const when = ({ at, uncertainty }: { at: number; uncertainty: number }) => ({ at, uncertainty });

/** @throws DidNotBite for a server that is down: what is done to it would be proven by an end of before. */
export async function allRun(targets: readonly ManagedNode[]): Promise<void> {
  const states = await Promise.all(targets.map((node) => node.container.state()));
  const down = states.findIndex(({ status }) => status !== 'running' && status !== 'paused');
  if (down >= 0) throw new DidNotBite(`${targets[down]!.name} is down already`);
}

/** Waits for the process to end and returns its exit code, or says that it lives on. */
export async function exitCode(node: ManagedNode, within: number): Promise<number> {
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new DidNotBite(`${node.name} is still running after ${within} ms`)), within);
    timer.unref();
  });
  return Promise.race([node.container.exited(), late]);
}

/** The end that is looked for: an exit code that the signal alone gives, where any other end is another fault. */
export interface Ending {
  code?: number;
  signal?: string;
  /** ms that it may take. */
  within?: number;
  /** What has happened, in words; default: the exit code. */
  what?: string;
}

/** Every process has to end, with this exit code if there is one to expect. @returns the codes. */
export async function endedWith(
  targets: readonly ManagedNode[],
  { code, signal, within = ENDING }: Ending,
): Promise<number[]> {
  const codes = await Promise.all(targets.map((node) => exitCode(node, within)));
  const wrong = code === undefined ? -1 : codes.findIndex((got) => got !== code);
  if (wrong >= 0)
    throw new DidNotBite(`${targets[wrong]!.name} ended with exit code ${codes[wrong]}, not ${code} (${signal})`);
  return codes;
}

/**
 * The proof of an end is the exit. When it was, our own connections tell best; but a server that was silent before (stuck,
 * frozen, its clients held up) can't fall silent, and one that is back within milliseconds was hardly missed: then the engine's
 * word counts. Begun before the processes are ended: a supervisor or an operator may have started them again by the time that a
 * later look comes, and then nobody knows how they ended.
 */
export function watchEnd(targets: readonly ManagedNode[], ending: Ending, ctx: FaultContext): Promise<Evidence> {
  const since = ctx.clock.now();
  const proof = Promise.all(
    targets.map(async (node) => {
      const silence = ctx.silence(node.name, since);
      const [code] = await endedWith([node], ending);
      const gone = ctx.clock.now();
      const heard = await Promise.race([silence, sleep(NOTICED)]);
      const told = heard !== undefined && !heard.already && heard.lastAnswer <= gone;
      const from = Math.max(since, gone - LATE);
      return {
        code: code!,
        ...(told ? bite(heard, since) : { at: (from + gone) / 2, uncertainty: (gone - from) / 2 }),
        text: `${node.name}: ${told ? heard.how : heard?.already ? 'silent already, its process is gone' : 'its process is gone'}`,
      };
    }),
  ).then((ends) => {
    const codes = [...new Set(ends.map(({ code }) => code))].join(', ');
    const what = ending.what ?? `process ended with exit code ${codes}`;
    return { ...when(first(ends)), text: `${what}; ${ends.map(({ text }) => text).join('; ')}` };
  });
  // Who ends them may fail first.
  proof.catch(() => undefined);
  return proof;
}

/** Nobody's data takes longer to load in a drill. */
const LOADING_BUDGET = s(600);

/** Starts, or wakes, a node for a heal. One that says that it loads is on its way, however long that takes. `before` comes before each start. */
export async function revive(node: ManagedNode, before?: () => Promise<void>, within = START_BUDGET): Promise<void> {
  for (const deadline = performance.now() + LOADING_BUDGET; ; ) {
    try {
      return await bringUp(node, within, undefined, before);
    } catch (error) {
      if (!(error instanceof WaitTimeout) || performance.now() > deadline || !(await loads(node))) throw error;
    }
  }
}

const loads = (node: ManagedNode): Promise<boolean> =>
  node.call(['PING'], { timeout: 1000 }).then(
    () => true,
    (error: unknown) => error instanceof ReplyError && error.message.startsWith('LOADING'),
  );

/** Heals what ends processes. One that somebody has started since is as it was: whether it answers already is not waited for. */
export function startedAgain(targets: readonly ManagedNode[]) {
  const ended = new Set<ManagedNode>();
  for (const node of targets)
    node.container.exited().then(
      () => ended.add(node),
      () => undefined,
    );
  return nodeByNode(targets, async (node) => {
    if (ended.has(node) && (await node.container.state()).status === 'running') return;
    await revive(node);
  });
}
