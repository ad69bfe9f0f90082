import { z } from 'zod';
import { formatSize } from '../core/units.js';
import { ownerNow } from '../server/owners.js';
import { bringUp } from '../topology/bring-up.js';
import { dataFiles } from '../topology/data-files.js';
import { keeps } from '../topology/persistence.js';
import { placeOf } from '../topology/settings.js';
import type { ManagedNode } from '../topology/types.js';
import { chosen, inSync } from './come-back.js';
import { targetField, timeoutField } from './fields.js';
import { defineManagedProcedure, type ManagedContext } from './types.js';

const BACKUP = 'before-repair';

/**
 * The tool does not mend: it cuts the file before the first command that it can't read, and everything after it is lost. So it
 * is for a node that nobody else can stand in for; where another one leads the shard, resync-node loses nothing.
 */
export const repairAof = defineManagedProcedure({
  summary: 'copy the append-only file of nodes that refuse to start, cut it before its first bad byte, and start them',
  handbook: ['2.1.3'],
  needs: ['restart', 'disks', 'files-while-down'],
  params: z.strictObject({
    target: targetField.optional().describe('which nodes; default: those that the faults hit'),
    timeout: timeoutField('time for a node to serve again').prefault('30s'),
  }),
  restoresService: true,
  steps: async (ctx, { target, timeout }) => {
    for (const node of await chosen(ctx, target)) {
      await ctx.step(`Check that nobody can stand in for ${node.name}`, { node: node.name }, () => alone(node, ctx));
      await repair(node, ctx);
      await ctx.step(`Start ${node.name}`, { node: node.name, command: 'start the server process' }, async () => {
        await bringUp(node, timeout, ctx.signal);
        return `${await node.call(['DBSIZE'])} keys`;
      });
      await ctx.step(`Wait until ${node.name} serves`, { node: node.name }, () => inSync(node, timeout, ctx));
    }
  },
  verify: async (ctx, { target }) => {
    for (const node of await chosen(ctx, target)) {
      const reply = await node.call(['PING']);
      if (reply !== 'PONG') throw new Error(`${node.name} answers ${reply}`);
    }
  },
});

/** @throws Error where the data is somewhere else as well, or where the server does not need it. */
async function alone(node: ManagedNode, { view, topology }: ManagedContext): Promise<string> {
  if (!keeps(topology.spec, placeOf(node)).aof || !node.container.disk)
    throw new Error(`${node.name} keeps no append-only file on a volume; write persistence: aof`);
  if ((await node.container.state()).status !== 'exited')
    throw new Error(`${node.name} runs: its append-only file is in use`);
  const seen = view();
  const led = topology.shards.find(({ shard }) => ownerNow(shard, seen, topology) === node.name);
  if (!led) {
    const leader = ownerNow(node.initial.shard, seen, topology);
    throw new Error(
      `${leader} leads the shard of ${node.name}: resync-node copies everything from it, a repair loses some`,
    );
  }
  return `${node.name} leads shard ${led.shard}`;
}

async function repair(node: ManagedNode, ctx: ManagedContext): Promise<void> {
  const { aof, parts } = dataFiles(ctx.topology, node);
  const disk = node.container.disk!;
  const run = async (argv: string[], options?: { yes: boolean }): Promise<string> => {
    const { code, stdout, stderr } = await disk.exec(argv, options);
    if (code !== 0) throw new Error(`${argv[0]} failed: ${(stderr || stdout).trim().split('\n').at(-1)}`);
    return stdout;
  };
  const copy = ['cp', '-a', parts ?? aof, BACKUP];
  await ctx.step(
    `Copy the append-only file of ${node.name}`,
    { node: node.name, command: copy.join(' ') },
    async () => {
      await disk.remove(BACKUP);
      await run(copy);
      return undefined;
    },
  );
  const tool = `${node.server.product}-check-aof`;
  await ctx.step(`Cut it before the first bad byte`, { node: node.name, command: `${tool} --fix ${aof}` }, async () =>
    // It asks before it cuts.
    whatWasCut(await run([tool, '--fix', aof], { yes: true })),
  );
}

/** "AOF analyzed: filename=x, size=2048, ok_up_to=1024, ok_up_to_line=9, diff=1024" for each file. */
export function whatWasCut(output: string): string {
  const files = [...output.matchAll(/size=(\d+), ok_up_to=(\d+)/g)].map(([, size, good]) => [
    Number(size),
    Number(good),
  ]);
  const [size, good] = files.find(([size, good]) => size !== good) ?? [0, 0];
  if (size === 0) return 'nothing was cut: it finds no fault with it';
  return `${formatSize(size! - good!)} of ${formatSize(size!)} were cut: what was written then is lost`;
}
