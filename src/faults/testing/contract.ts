/**
 * What every registered fault promises, on real containers: its example bites and proves it, healing it twice is safe, and
 * nothing of it stays behind. Faults whose examples ask for the same topology share one.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { messageOf } from '../../core/errors.js';
import { WaitTimeout } from '../../core/until.js';
import { type AnyFault, type FaultType, faults } from '../index.js';
import { DidNotBite, type Example } from '../types.js';
import { inert } from './inert.js';
import { least } from './least.js';
import { openStage, type Stage } from './stage.js';
import { type Used, watchUse } from './used.js';

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

export interface Promised {
  /** Faults of which other servers can say no more than why they have none. */
  only?: readonly FaultType[];
  /** Is the proof of each fault also tried where nothing happens? It is the same on every server. */
  proofs?: boolean;
}

/** ms in which a fault that does nothing has to say so: those that shape packets send theirs one after the other. */
const SAYS_SO = 240_000;

export function contractOn(image: string, { only, proofs = false }: Promised = {}): void {
  describe.each([...groupsOf(only)])(`every fault on ${image}, topology %s`, (written, members) => {
    let stage: Stage;
    let used: Used;
    /** What the fault before left, which is what there was: looked at once for both. */
    let clean: string[] | undefined;
    beforeAll(async () => {
      // A library in every server only where it is the subject.
      const clocks = members.some(([, fault]) => fault.needs?.includes('skew-clock'));
      stage = await openStage({ image, ...JSON.parse(written) }, clocks ? { without: [] } : {});
      used = watchUse(
        stage.topology.fleet,
        stage.topology.all.map(({ container }) => container),
      );
      // An image that has to be built first takes its time.
    }, 300_000);
    afterAll(async () => {
      await stage[Symbol.asyncDispose]();
      expect(await stage.topology.fleet.audit()).toEqual({ containers: [], networks: [], volumes: [], journal: [] });
    });

    test.runIf(proofs)(
      'none of them is proven where nothing happens',
      async ({ skip }) => {
        const { topology } = stage;
        // All at once: they do nothing, and each looks for its effect as long as it may.
        const told = await Promise.all(
          members.flatMap(([type, fault, example]) => {
            if (fault.supports?.({ topology: topology.spec, server: topology.server }) !== true && fault.supports)
              return [];
            const params = { ...example.params };
            return sorts(params, { ...params, ...least(fault.params) }).map(async (given) => ({
              type: `${type} ${JSON.stringify(given)}`,
              proof: await unproven(stage, fault, example, given),
            }));
          }),
        );
        if (told.length === 0) skip(`${image} has none of them`);
        console.log(told.map(({ type, proof }) => `${type}: ${proof.why ?? `PROVEN by ${proof.text}`}`).join('\n'));
        expect(told.filter(({ proof }) => proof.why === undefined)).toEqual([]);
        expect(told.filter(({ proof }) => proof.broken)).toEqual([]);
      },
      2 * SAYS_SO,
    );

    test.for(members)(
      '%s bites, heals, heals again and leaves everything whole',
      async ([type, fault, example], { skip }) => {
        const { ctx, topology, observer } = stage;
        const supported = fault.supports?.({ topology: topology.spec, server: topology.server });
        if (typeof supported === 'string') skip(`not on ${image}: ${supported}`);
        await stage.whole();
        const before = clean ?? (await traces(stage));
        clean = undefined;
        const containers = topology.all.map((node) => node.name);
        const params = fault.params.parse(example.params ?? {});
        const targets = fault.targeted === false ? [] : await ctx.resolve(example.target ?? 'primary of shard 2');
        used.abilities.clear();
        const requestedAt = ctx.clock.now();
        const injected = await fault.inject(targets, params, ctx);
        let evidence: Awaited<ReturnType<typeof fault.effect>>;
        try {
          evidence = await fault.effect(targets, params, ctx, { ...injected, requestedAt });
        } finally {
          await injected.heal();
          await injected.heal();
        }
        // What it takes of the fleet is what it says: another fleet would not let it.
        expect([...used.abilities].filter((ability) => !fault.needs?.includes(ability))).toEqual([]);
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
      },
    );
  });
}

/** The second only where it is not the first. */
const sorts = (usual: Record<string, unknown>, other: Record<string, unknown>): Record<string, unknown>[] =>
  isDeepStrictEqual(usual, other) ? [usual] : [usual, other];

/** @returns why the fault says that it had no effect, or what it takes for one. `broken`: it did not say so, it failed. */
async function unproven(
  { ctx: real }: Stage,
  fault: AnyFault,
  example: Example,
  given: Record<string, unknown>,
): Promise<{ why?: string; text?: string; broken?: boolean }> {
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  const ctx = inert({ ...real, signal: AbortSignal.any([real.signal, over.signal]) });
  const late = sleep(SAYS_SO, undefined, { signal: over.signal }).then(() => ({
    why: 'it never said so',
    broken: true,
  }));
  const asked = (async () => {
    const params = fault.params.parse(given);
    const targets = fault.targeted === false ? [] : await ctx.resolve(example.target ?? 'primary of shard 2');
    const requestedAt = ctx.clock.now();
    let heal = async (): Promise<void> => undefined;
    try {
      const injected = await fault.inject(targets, params, ctx);
      heal = injected.heal;
      return { text: (await fault.effect(targets, params, ctx, { ...injected, requestedAt })).text };
    } catch (error) {
      const known = error instanceof DidNotBite || error instanceof WaitTimeout;
      return { why: `${known ? '' : `${(error as Error).name}: `}${messageOf(error)}`, broken: !known };
    } finally {
      await heal().catch(() => undefined);
    }
  })();
  try {
    return await Promise.race([asked, late]);
  } finally {
    over.abort();
    late.catch(() => undefined);
  }
}

/** What a fault may leave in the nodes' networks. */
async function traces({ topology }: Stage): Promise<string[]> {
  const containers = topology.nodes.map(({ container }) => container);
  const found = await topology.fleet.network(containers);
  return containers.flatMap(({ name }) => {
    const rules = found.get(name)?.rules ?? [];
    // It was looked at: without any rules there are the policies of its chains.
    expect(rules.filter((line) => line === '-P INPUT ACCEPT')).toHaveLength(2);
    // A plug that was pulled and put back has another name.
    return rules.map((line) => `${name} ${line.replaceAll(/eth\d+/g, 'eth')}`).sort();
  });
}
