import { z } from 'zod';
import { s } from '../../core/units.js';
import { until } from '../../core/until.js';
import { withSlots } from '../../deployment/kinds.js';
import { idNow, readmitted } from '../../server/membership.js';
import { nodesFileOf } from '../../topology/config.js';
import { placeOf } from '../../topology/settings.js';
import type { ManagedNode } from '../../topology/types.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { reversible } from '../undo.js';
import { allRun, exitCode, KILLED, revive, START_BUDGET, watchEnd } from './process.js';

const hows = ['lost', 'corrupt', 'torn', 'foreign'] as const;
type How = (typeof hows)[number];
/** Characters of a node's id, with which its line begins. */
const ID = 40;

export const wipeConfig = defineFault({
  summary: "kill the server and start it again on a nodes.conf that is lost, corrupt, torn, or another node's",
  handbook: ['2.1.1', '5.1.3', '5.3.2'],
  params: z.strictObject({
    how: z
      .enum(hows)
      .default('lost')
      .describe(
        'lost: it comes back as a stranger; corrupt: it refuses to start; torn: so it does, the file ends within a line, as a power cut in the middle of a write leaves it; foreign: it takes itself for another node of its role',
      ),
  }),
  impact: 'stops',
  needs: ['signal', 'restart', 'files', 'files-while-down', 'logs-of-all-lives'],
  kinds: withSlots,
  variants: [
    { params: { how: 'corrupt' } },
    { params: { how: 'torn' } },
    { params: { how: 'foreign' }, target: 'replica of shard 2' },
  ],
  inject: (targets, { how }, ctx) =>
    reversible(async (_undo, on) => {
      await allRun(targets);
      const ids = new Map(targets.map((node) => [node, node.id]));
      const what = `killed, and started on a nodes.conf that is ${words[how]}`;
      const proof = watchEnd(targets, { code: KILLED, signal: 'SIGKILL', what }, ctx);
      await Promise.all(targets.map((node) => end(node)));
      for (const node of targets) {
        const nodes = nodesFileOf(ctx.topology.spec, placeOf(node));
        const own = await node.container.read(nodes);
        on(node)(() => restore(node, ids.get(node)!, own, ctx));
        await node.container.write(nodes, await wiped(how, own, node, ctx));
      }
      await Promise.all(targets.map((node) => node.container.start()));
      return {
        proof: proof.then(async (evidence) => {
          const seen = await Promise.all(targets.map((node) => signs[how](node, ids.get(node)!, ctx)));
          return { ...evidence, text: `${evidence.text}; ${seen.join('; ')}` };
        }),
      };
    }),
  effect: (_targets, _params, _ctx, { proof }) => proof,
});

const words: Record<How, string> = {
  lost: 'lost',
  corrupt: 'corrupt',
  torn: 'torn off within a line',
  foreign: "another node's",
};

async function end(node: ManagedNode): Promise<void> {
  await Promise.all([exitCode(node, s(10)), node.container.kill('SIGKILL')]);
}

async function wiped(how: How, own: Buffer, node: ManagedNode, ctx: FaultContext): Promise<string | Buffer> {
  // An empty file is none to the server.
  if (how === 'lost') return '';
  if (how === 'corrupt') return `${upToItsMiddle(own.toString())}not a line of a nodes.conf\n`;
  if (how === 'torn') return tornOff(own.toString());
  const view = ctx.view();
  const peers = ctx.topology.nodes.filter(
    (other) => other !== node && other.initial.shard !== node.initial.shard && view.nodes.get(other.name)?.reachable,
  );
  const alike = peers.filter((other) => view.nodes.get(other.name)?.role === view.nodes.get(node.name)?.role);
  const peer = ctx.rng.pick(alike.length > 0 ? alike : peers);
  return wholeFile(peer, ctx);
}

/** Whole lines: half of one makes some servers crash before they say what is wrong. */
const upToItsMiddle = (file: string, and = 0): string =>
  file.slice(0, file.lastIndexOf('\n', file.length / 2) + 1 + and);

/** Into the id of the line at its middle: cut off at the end of a line it would be a valid file of fewer nodes. */
export const tornOff = (file: string): string => upToItsMiddle(file, ID / 2);

/** Before 7.2 a server writes over its nodes.conf in place: a copy made meanwhile is torn. */
async function wholeFile(node: ManagedNode, { topology }: FaultContext): Promise<string> {
  const path = nodesFileOf(topology.spec, placeOf(node));
  let before: string | undefined;
  return until(
    async () => {
      const [last, now] = [before, (await node.container.read(path)).toString()];
      before = now;
      return now === last && /^vars currentEpoch/m.test(now) ? now : '';
    },
    (text) => text !== '',
    { describe: `the nodes.conf of ${node.name} can be copied`, within: s(10), every: 20, show: () => 'being written' },
  );
}

/** What only this kind of loss shows, or DidNotBite. */
const signs: Record<How, (node: ManagedNode, before: string, ctx: FaultContext) => Promise<string>> = {
  lost: async (node, before) => {
    const id = await idOnceUp(node);
    if (id === before) throw new DidNotBite(`${node.name} came back under its own id`);
    return `${node.name} came back as ${id.slice(0, 8)}, which nobody knows`;
  },
  corrupt: refusedIt,
  torn: refusedIt,
  foreign: async (node, before, ctx) => {
    const id = await idOnceUp(node);
    const other = ctx.topology.nodes.find((peer) => peer !== node && peer.id === id);
    if (id === before || !other) throw new DidNotBite(`${node.name} came back under an id of its own`);
    return `${node.name} came back as ${id.slice(0, 8)}, which is ${other.name}`;
  },
};

async function refusedIt(node: ManagedNode): Promise<string> {
  const code = await exitCode(node, s(10));
  const printed = async (): Promise<string[]> => {
    const lines = (await node.container.logs()).map(({ text }) => text);
    return lines.slice(lines.findLastIndex((text) => /is starting/.test(text)));
  };
  const reasonIn = (lines: string[]): string | undefined => lines.find((text) => /corrupted cluster config/.test(text));
  // What a server prints last may come after the news of its end.
  const lines = await until(printed, (now) => code !== 1 || reasonIn(now) !== undefined, {
    describe: `${node.name} says why it ended`,
    within: s(2),
    every: 50,
  }).catch(printed);
  const said = reasonIn(lines);
  // A server may crash over such a file (SIGSEGV, SIGABRT) before it finds words for it, and before it listens.
  const crashed = (code === 139 || code === 134) && !lines.some((text) => /Ready to accept/.test(text));
  if (!(code === 1 && said) && !crashed)
    throw new DidNotBite(`${node.name} ended with exit code ${code}, not over its nodes.conf`);
  return `${node.name} ended with exit code ${code}: ${said?.replace(/^.*[#*] /, '') ?? 'a crash while it read the file'}`;
}

async function idOnceUp(node: ManagedNode): Promise<string> {
  const id = await until(
    async () => {
      const { status } = await node.container.state();
      return status === 'exited' ? undefined : idNow(node);
    },
    () => true,
    { describe: `${node.name} says who it is`, within: START_BUDGET, every: 20 },
  );
  if (id !== undefined) return id;
  const said = (await node.container.logs()).slice(-4).map(({ text }) => text.trim());
  throw new DidNotBite(`${node.name} did not start: ${said.filter((text) => text !== '').join(' / ')}`);
}

/** A node that was let in again under its new id is mended: its old self is forgotten and must not come back. */
async function restore(node: ManagedNode, id: string, own: Buffer, { topology }: FaultContext): Promise<void> {
  const { status } = await node.container.state();
  if (status === 'running') {
    if ((await idNow(node).catch(() => '')) === id || (await readmitted(node, id, topology))) return;
    await end(node);
  }
  await node.container.write(nodesFileOf(topology.spec, placeOf(node)), own);
  await revive(node);
}
