import { z } from 'zod';
import { s } from '../../core/units.js';
import { until } from '../../core/until.js';
import { withSentinels } from '../../deployment/kinds.js';
import { watches } from '../../deployment/roles.js';
import { bringUp } from '../../topology/bring-up.js';
import { pathsOf, primaryNameOf } from '../../topology/config.js';
import type { ManagedNode } from '../../topology/types.js';
import { allRun, exitCode, KILLED, START_BUDGET, watchEnd } from '../node/process.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { reversible } from '../undo.js';
import { GUARDED } from './example.js';

/** ms: sentinels say hello every two seconds, once they know where. */
const HELLO = s(20);
const hows = ['deployed', 'empty'] as const;
type How = (typeof hows)[number];

export const wipeSentinel = defineFault({
  summary:
    'kill a sentinel and start it again without what it has learnt: on the configuration that it was deployed with, or on one that watches nobody',
  handbook: ['2.1.1', '3.1.1'],
  params: z.strictObject({
    how: z
      .enum(hows)
      .default('deployed')
      .describe(
        'deployed: it watches the node that was the primary in the beginning, under an id that nobody knows; empty: it watches nobody',
      ),
  }),
  impact: 'stops',
  needs: ['signal', 'restart', 'files', 'files-while-down'],
  comesBack: true,
  kinds: withSentinels,
  example: { target: 'sentinel-1', topology: GUARDED },
  variants: [{ target: 'sentinel-2', params: { how: 'empty' }, topology: GUARDED }],
  inject: (targets, { how }, ctx) =>
    reversible(async (undo, on) => {
      await allRun(targets);
      const wrong = targets.filter(({ initial }) => !watches(initial));
      if (wrong.length > 0)
        throw new DidNotBite(`${wrong.map(({ name }) => name).join(', ')}: only sentinels are wiped`);
      const own = new Map<ManagedNode, string>();
      for (const node of targets) own.set(node, (await node.container.read(pathsOf(node).config)).toString());
      const before = new Map([...own].map(([node, text]) => [node, idIn(text)]));
      const what = 'killed, and started without what it had learnt';
      const proof = watchEnd(targets, { code: KILLED, signal: 'SIGKILL', what }, ctx);
      undo(() => forgetOthers(ctx));
      for (const [node, text] of own) {
        on(node)(() => restore(node, text));
        await end(node);
        await node.container.write(pathsOf(node).config, wiped(text, how, ctx));
      }
      await Promise.all(targets.map((node) => node.container.start()));
      return {
        proof: proof.then(async (evidence) => {
          const seen = await Promise.all(targets.map((node) => sign(node, before.get(node)!, how, ctx)));
          return { ...evidence, text: `${evidence.text}; ${seen.join('; ')}` };
        }),
      };
    }),
  effect: (_targets, _params, _ctx, { proof }) => proof,
});

async function end(node: ManagedNode): Promise<void> {
  await Promise.all([exitCode(node, s(10)), node.container.kill('SIGKILL')]);
}

const idIn = (text: string): string => /^sentinel myid "?([0-9a-f]{40})/m.exec(text)?.[1] ?? '';

/** What a sentinel writes into its configuration itself. */
const LEARNT = /^sentinel (myid|known-\S+|current-epoch|config-epoch|leader-epoch) /;
/** What names the primary. */
const WATCHES = /^sentinel (?!announce-|resolve-|deny-)/;

function wiped(text: string, how: How, { topology: { info, spec } }: FaultContext): string {
  const lines = text.split('\n').filter((line) => !LEARNT.test(line));
  if (how === 'empty') return lines.filter((line) => !WATCHES.test(line)).join('\n');
  const first = info.find(({ role }) => role === 'primary')!;
  const [host, port] = spec.sentinels?.hostnames ? [first.name, '6379'] : first.address.split(':');
  const name = primaryNameOf(spec);
  // It comes first: the other lines about a primary are refused before it.
  const monitor = `sentinel monitor ${name} ${host} ${port} ${spec.sentinels!.quorum}`;
  const rest = lines.filter((line) => !line.startsWith('sentinel monitor '));
  const at = rest.findIndex((line) => WATCHES.test(line));
  return [...rest.slice(0, Math.max(0, at)), monitor, ...rest.slice(Math.max(0, at))].join('\n');
}

/** It bears another id, and says so in its configuration. */
async function sign(node: ManagedNode, before: string, how: How, ctx: FaultContext): Promise<string> {
  const { topology } = ctx;
  const id = await until(
    async () => {
      await node.call(['PING'], { timeout: 250 });
      return idIn((await node.container.read(pathsOf(node).config)).toString());
    },
    (found) => found !== '',
    { describe: `${node.name} has an id again`, within: START_BUDGET, every: 50 },
  );
  if (id === before) throw new DidNotBite(`${node.name} came back under its own id`);
  topology.identities.learn(node.name, id);
  const told = `${node.name} was ${before.slice(0, 8)} and came back as ${id.slice(0, 8)}`;
  if (how === 'empty') return `${told}, and watches ${await watched(node)}`;
  const others = topology.sentinels.filter((other) => other !== node && ctx.view().nodes.get(other.name)?.reachable);
  if (others.length === 0) return told;
  // They hear of it when it says hello: until then nothing is wrong for them.
  await until(
    async () => (await Promise.all(others.map((other) => lists(other, id, topology)))).every(Boolean),
    (all) => all,
    { describe: `the other sentinels list ${node.name} under its new id`, within: HELLO, every: 50 },
  );
  const beside = (await Promise.all(others.map((other) => lists(other, before, topology)))).filter(Boolean).length;
  return `${told}; ${whereListed(others.length, beside)}`;
}

/** The one that had its address before: Redis 6.0 keeps it, without an address and for ever; Redis 7.0 and Valkey drop it. */
function whereListed(others: number, beside: number): string {
  if (beside === 0) return `${others} others list it in the place of the one that it was`;
  const rest = others - beside;
  return `${beside} others list it beside the one that it was${rest > 0 ? `, ${rest} in its place` : ''}`;
}

const lists = async (sentinel: ManagedNode, id: string, { spec }: FaultContext['topology']): Promise<boolean> =>
  JSON.stringify(await sentinel.call(['SENTINEL', 'SENTINELS', primaryNameOf(spec)])).includes(id);

async function watched(node: ManagedNode): Promise<string> {
  const primaries = (await node.call(['SENTINEL', 'MASTERS'])) as unknown[];
  if (primaries.length > 0) throw new DidNotBite(`${node.name} still watches a primary`);
  return 'nobody';
}

async function restore(node: ManagedNode, own: string): Promise<void> {
  const { config } = pathsOf(node);
  const { status } = await node.container.state();
  const now = (await node.container.read(config)).toString();
  if (status === 'running' && idIn(now) === idIn(own)) return;
  if (status === 'running') await end(node);
  await node.container.write(config, own);
  await bringUp(node, START_BUDGET);
}

/** Where the others hold what it was meanwhile for one more sentinel they do so for ever. */
async function forgetOthers({ topology, view }: FaultContext): Promise<void> {
  const reset = ['SENTINEL', 'RESET', primaryNameOf(topology.spec)];
  for (const node of topology.sentinels)
    if ([...(view().nodes.get(node.name)?.peers.keys() ?? [])].some((name) => !view().nodes.has(name)))
      await node.call(reset, { timeout: s(2) });
}
