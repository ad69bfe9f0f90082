import { describe, expect, it } from 'vitest';
import { RedrillError } from '../core/errors.js';
import { abilities } from '../fleet/abilities.js';
import type { Ability } from '../fleet/types.js';
import { describePlan } from './describe.js';
import { needsOf, refuseWithout } from './needs.js';
import { planOf } from './plan.js';
import { faultRegistry, procedureRegistry } from './registries.js';
import { loadOne } from './testing/write.js';

const plan = planOf(
  await loadOne(`
name: needs
topology: { zones: { names: [eu, us], clients: eu, links: [{ latency: 5ms }] }, persistence: aof }
timeline:
  - { at: 1s, fault: pause, target: primary of shard 1, for: 5s }
  - { at: 2s, fault: isolate, target: primary of shard 2, for: 5s }
  - { at: 3s, fault: skew-clock, offset: 1h, target: replica of shard 3 }
recovery:
  - { when: healed, procedure: restart-node }
objectives: { recovery_time: < 60s }
`),
);

const without = (...lacking: Ability[]) => ({
  lacks: new Map(lacking.map((ability) => [ability, `of a reason to lack ${ability}`])),
});

describe('what a drill needs', () => {
  it('is what its topology, its faults and its procedures need, and not what its seed leaves out', () => {
    expect(plan.needs).toEqual([
      { ability: 'addresses-ahead', by: ['cluster'] },
      { ability: 'lasting-addresses', by: ['cluster'] },
      { ability: 'disks', by: ['topology.persistence'] },
      { ability: 'shape', by: ['topology.zones.links'] },
      { ability: 'watch-apart', by: ['topology.zones.clients'] },
      { ability: 'freeze', by: ['pause'] },
      { ability: 'detach', by: ['isolate'] },
      { ability: 'watch-detached', by: ['isolate'] },
      { ability: 'skew-clock', by: ['skew-clock'] },
      { ability: 'restart', by: ['restart-node'] },
      { ability: 'files-while-down', by: ['restart-node'] },
    ]);
    const undrawn = plan.entries.map((entry) => (entry.id === 'skew-clock' ? { ...entry, drawn: false } : entry));
    expect(needsOf(undrawn, plan.topology).map(({ ability }) => ability)).not.toContain('skew-clock');
    expect(describePlan(plan)).toContain(
      'needs: addresses-ahead, lasting-addresses, disks, shape, watch-apart, freeze',
    );
  });

  it('is refused in one line where the fleet has not got it: what, who needs it, and why', () => {
    const refusal = (): void => refuseWithout(without('shape', 'freeze'), plan);
    expect(refusal).toThrow(RedrillError);
    expect(refusal).toThrow(
      /^needs in .*\.yaml can't be drilled here: this fleet lacks shape \(.+\), which topology\.zones\.links needs: of a reason to lack shape; freeze \(.+\), which pause needs: of a reason to lack freeze$/,
    );
  });

  it('is not refused for what it can do without', () => {
    expect(() => refuseWithout(without(), plan)).not.toThrow();
    expect(() => refuseWithout(without('readdress', 'reimage', 'stop-without-container'), plan)).not.toThrow();
  });
});

it.each([...Object.entries(faultRegistry), ...Object.entries(procedureRegistry)])(
  '%s names abilities that there are, each once',
  (_, { needs = [] }) => {
    expect(needs.filter((ability) => !Object.hasOwn(abilities, ability))).toEqual([]);
    expect(new Set(needs).size).toBe(needs.length);
  },
);
