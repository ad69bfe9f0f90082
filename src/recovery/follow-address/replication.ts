/** Nobody tells replicas and applications anything here: they know an address, and go on knowing it. */

import { attach, followCommand, rightPrimary } from '../../server/attach.js';
import { infoOf } from '../../server/info.js';
import type { Endpoint } from '../../server/types.js';
import type { ProcedureContext } from '../types.js';

export async function inReplication(ctx: ProcedureContext, nodes: readonly Endpoint[]): Promise<void> {
  const leader = rightPrimary(1, ctx.view(), ctx.deployment);
  if (nodes.includes(leader))
    await ctx.step(
      `Point applications to ${leader.name}`,
      { command: 'the name they are configured with' },
      async () => {
        ctx.deployment.entry?.move(leader);
        return `${leader.announced.host}:${leader.announced.port}`;
      },
    );
  await followAt(ctx, leader);
}

/** Every other node follows this one, at the address that it has now. */
export async function followAt(ctx: ProcedureContext, leader: Endpoint): Promise<void> {
  const { host } = leader.announced;
  for (const node of ctx.deployment.nodes) {
    if (node === leader || !ctx.view().nodes.get(node.name)?.reachable) continue;
    const info = await infoOf(node, 'replication');
    const followed = ctx.deployment.addresses.nameOf(info.text('master_host'), info.number('master_port'));
    if (info.text('role') === 'slave' && followed === leader.name) continue;
    await ctx.step(
      `Make ${node.name} follow ${leader.name} at ${host}`,
      { node: node.name, command: followCommand(leader, ctx.deployment).join(' ') },
      async () => {
        await attach(node, leader, ctx.deployment);
        return `it followed ${info.text('role') === 'master' ? 'nobody' : info.text('master_host')}`;
      },
    );
  }
}
