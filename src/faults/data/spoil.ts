/** What the faults on a server's files share: it is ended, a file is changed while it is down, and it is started again. */
import { withoutStamp } from '../../deployment/log-lines.js';
import { bringUp } from '../../topology/bring-up.js';
import { DATA } from '../../topology/persistence.js';
import type { ManagedNode } from '../../topology/types.js';
import { first, type Timed } from '../moment.js';
import { allRun, exitCode, revive, START_BUDGET, watchEnd } from '../node/process.js';
import { DidNotBite, type FaultContext, type Heal, type Undoing } from '../types.js';
import { reversible } from '../undo.js';

/** An orderly end may wait for replicas (10 s), and write a snapshot. */
const GRACE = 15_000;
/** A server reads its files before it gives up on them. */
const ENDING = 20_000;

export interface Spoiling {
  /** `stop` lets it write what there is to write; `kill` is a crash. */
  end: 'stop' | 'kill';
  /** Which file, below DATA; asked when the server is down. */
  file(node: ManagedNode): Promise<string> | string;
  /** Its new content, or undefined to remove it. */
  change(content: Buffer, path: string): Buffer | undefined;
}

/** It bites when the node falls silent; what became of it afterwards is for the effect to say. */
export const spoil = (
  targets: ManagedNode[],
  spoiling: Spoiling,
  ctx: FaultContext,
): Promise<Undoing & { moment: Timed }> =>
  reversible(async (_undo, on) => {
    await allRun(targets);
    const moments = await Promise.all(targets.map((node) => spoilOne(node, spoiling, ctx, on(node))));
    return { moment: first(moments) };
  });

async function spoilOne(
  node: ManagedNode,
  { end, file, change }: Spoiling,
  ctx: FaultContext,
  undo: (step: Heal) => void,
): Promise<Timed> {
  const { container } = node;
  let putBack: Heal = async () => undefined;
  // A server that runs by then has found another way: its files are its own again, and are left alone.
  undo(() => revive(node, () => putBack()));
  const proof = watchEnd([node], { within: GRACE + ENDING }, ctx);
  await (end === 'stop' ? container.stop(GRACE) : container.kill('SIGKILL'));
  const { at, uncertainty } = await proof;
  const path = `${DATA}/${await orDidNotBite(node, Promise.resolve(file(node)))}`;
  const content = await orDidNotBite(node, container.read(path));
  putBack = () => container.write(path, content);
  const changed = change(content, path);
  await (changed ? container.write(path, changed) : remove(node, path));
  await container.start();
  return { at, uncertainty };
}

const orDidNotBite = <T>(node: ManagedNode, work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw new DidNotBite(`${node.name} keeps no such file: ${(error as Error).message}`, { cause: error });
  });

async function remove({ name, container }: ManagedNode, path: string): Promise<void> {
  if (!container.disk) throw new DidNotBite(`${name} has no volume: topology.persistence gives it one`);
  await container.disk.remove(path.slice(DATA.length + 1));
}

/** What the server has said since it was last started. */
export async function lastLife(node: ManagedNode): Promise<string[]> {
  const lines = (await node.container.logs()).map(({ text }) => text);
  return lines.slice(lines.findLastIndex((text) => /Configuration loaded/.test(text)) + 1);
}

/** The line that matches, without the server's stamp. */
export const said = (lines: string[], pattern: RegExp): string | undefined =>
  withoutStamp(lines.find((text) => pattern.test(text)) ?? '').trim() || undefined;

/** Every server has to give up on its files, for this reason. */
export async function refusesToStart(targets: ManagedNode[], reason: RegExp): Promise<string> {
  const told = await Promise.all(
    targets.map(async (node) => {
      const code = await exitCode(node, ENDING);
      const why = said(await lastLife(node), reason);
      if (code !== 1 || why === undefined)
        throw new DidNotBite(
          `${node.name} ended with exit code ${code}, and not because of what was done to its files`,
        );
      return `${node.name} ends when it is started: ${why}`;
    }),
  );
  return told.join('; ');
}

/** Every server has to come back, and to say this. */
export async function comesBack(targets: ManagedNode[], word: RegExp, ctx: FaultContext): Promise<string> {
  const told = await Promise.all(
    targets.map(async (node) => {
      await bringUp(node, START_BUDGET, ctx.signal);
      const line = said(await lastLife(node), word);
      if (line === undefined) throw new DidNotBite(`${node.name} came back and misses nothing`);
      return `${node.name} came back: ${line}`;
    }),
  );
  return told.join('; ');
}
