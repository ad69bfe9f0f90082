/**
 * What every registered fault promises, on real containers: its example bites and proves it, healing it twice is safe, and
 * nothing of it stays behind. Faults whose examples ask for the same topology share one.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AnyFault, type FaultType, faults } from '../index.js';
import type { Example } from '../types.js';
import { openStage, type Stage } from './stage.js';

/** Every fault with its example, and again with each of its variants, which are told apart by their parameters. */
const all = Object.entries(faults as Record<string, AnyFault>).flatMap(([type, fault]) => [
  [type, fault, fault.example] as const,
  ...(fault.variants ?? []).map((variant) => [`${type} ${JSON.stringify(variant.params)}`, fault, variant] as const),
]);

/** Faults by the topology they are tried on. */
function groupsOf(only: readonly FaultType[] | undefined) {
  const groups = new Map<string, [string, AnyFault, Example][]>();
  for (const [title, fault, example] of all) {
    if (only && !only.some((type) => faults[type] === fault)) continue;
    const key = JSON.stringify(example.topology ?? {});
    groups.set(key, [...(groups.get(key) ?? []), [title, fault, example]]);
  }
  return groups;
}

/** `only`: faults of which other servers can say no more than why they have none. */
export function contractOn(image: string, only?: readonly FaultType[]): void {
  describe.each([...groupsOf(only)])(`every fault on ${image}, topology %s`, (written, members) => {
    let stage: Stage;
    /** What the fault before left, which is what there was: looked at once for both. */
    let clean: string[] | undefined;
    beforeAll(async () => {
      // A library in every server only where it is the subject.
      const clocks = members.some(([, fault]) => fault.needs?.clocks);
      stage = await openStage({ image, ...JSON.parse(written) }, { clocks });
      // An image that has to be built first takes its time.
    }, 300_000);
    afterAll(async () => {
      await stage[Symbol.asyncDispose]();
      expect(await stage.topology.fleet.audit()).toEqual({ containers: [], networks: [], volumes: [], journal: [] });
    });

    test.each(members)('%s bites, heals, heals again and leaves everything whole', async (type, fault, example) => {
      const { ctx, topology, observer } = stage;
      const supported = fault.supports?.({ topology: topology.spec, server: topology.server, tools: true });
      if (typeof supported === 'string') {
        console.log(`${type}: not on ${image}: ${supported}`);
        return;
      }
      await stage.whole();
      const before = clean ?? (await traces(stage));
      clean = undefined;
      const containers = topology.all.map((node) => node.name);
      const params = fault.params.parse(example.params ?? {});
      const targets = fault.targeted === false ? [] : await ctx.resolve(example.target ?? 'primary of shard 2');
      const requestedAt = ctx.clock.now();
      const injected = await fault.inject(targets, params, ctx);
      let evidence: Awaited<ReturnType<typeof fault.effect>>;
      try {
        evidence = await fault.effect(targets, params, ctx, { ...injected, requestedAt });
      } finally {
        await injected.heal();
        await injected.heal();
      }
      expect(evidence.at).toBeGreaterThanOrEqual(requestedAt);
      expect(evidence.at).toBeLessThanOrEqual(ctx.clock.now());
      expect(evidence.text).not.toBe('');
      console.log(
        `${type}: effective ${(evidence.at - requestedAt).toFixed(1)} ms after inject (± ${evidence.uncertainty.toFixed(1)} ms): ${evidence.text}`,
      );
      await stage.whole();
      expect([...observer.views().keys()]).toEqual(containers);
      for (const node of topology.all) expect((await node.container.state()).status).toBe('running');
      const after = await traces(stage);
      expect(after).toEqual(before);
      clean = after;
    });
  });
}

/** What a fault may leave in the nodes' network namespaces. The engine's own rules for names are not among it: their ports change. */
async function traces({ topology }: Stage): Promise<string[]> {
  const script = 'iptables -S; iptables -t mangle -S; tc qdisc show; ip -o link show type ifb';
  const containers = topology.nodes.map(({ container }) => container);
  const found = (await topology.fleet.inside(containers, script, [])).trim().split('\n');
  // Each namespace is seen: without any rules it has the policies of its chains.
  expect(found.filter((line) => line === '-P INPUT ACCEPT')).toHaveLength(2 * containers.length);
  // A plug that was pulled and put back has another name.
  return found.map((line) => line.replaceAll(/eth\d+/g, 'eth')).sort();
}
