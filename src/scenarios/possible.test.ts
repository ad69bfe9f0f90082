import { afterEach, describe, expect, it } from 'vitest';
import { atLeast } from '../deployment/versions.js';
import { describePlan } from './describe.js';
import { planOf } from './plan.js';
import { faultRegistry } from './registries.js';
import { load, loadOne, problemsOf } from './testing/write.js';

const drill = (
  entry: string,
  rest = '',
  limit = '< 2s',
  topology = 'config: { cluster-node-timeout: 2000 }',
): string => `
name: drill
topology: { ${topology} }
timeline: [{ at: 3s, ${entry} }]
${rest}
objectives: { recovery_time: "${limit}" }
`;
const kill = 'fault: kill, target: primary of shard 1';

describe('an objective below what the server needs', () => {
  it('is refused with the formula', async () => {
    expect(await problemsOf(drill(kill))).toEqual([
      expect.stringMatching(
        /^impossible: kill on primary of shard 1 .* at least 2\.5 s \(cluster-node-timeout 2000 ms until the primary is suspected \+ 500 ms before an election\)/,
      ),
    ]);
  });

  it('is refused at the bound itself only where the comparison excludes it', async () => {
    expect(await problemsOf(drill(kill, '', '< 2500ms'))).toHaveLength(1);
    expect(await problemsOf(drill(kill, '', '<= 2500ms'))).toEqual([]);
    expect(await problemsOf(drill(kill, '', '< 2501ms'))).toEqual([]);
  });

  it('depends on node-timeout (15 s by default), on the product and on every variant', async () => {
    expect(await problemsOf(drill(kill, '', '< 15s', ''))).toHaveLength(1);
    expect(await problemsOf(drill(kill, '', '< 16s', ''))).toEqual([]);
    expect(
      await problemsOf(drill(kill, '', '< 2400ms', 'image: valkey/valkey:9.0, config: { cluster-node-timeout: 2000 }')),
    ).toEqual([]);
    expect(await problemsOf(drill(kill, 'matrix: { config: { cluster-node-timeout: [1000, 5000] } }', '< 3s'))).toEqual(
      [expect.stringContaining('at least 5.5 s')],
    );
  });

  it.each([
    ['a replica is hit', drill('fault: kill, target: replica of shard 1')],
    ['the fault is over before anybody is suspected', drill(`${kill}, for: 1s`)],
    ['the fault may not fire', drill(`${kill}, probability: 50%`)],
    ['a procedure forces the failover', drill(kill, 'recovery: [{ when: suspected, procedure: failover }]')],
    [
      'a procedure restarts the node at once',
      drill(kill, 'recovery: [{ when: service lost, procedure: restart-node }]'),
    ],
    [
      'there is no replica to take over',
      drill(kill, '', '< 2s', 'replicas: 0, config: { cluster-node-timeout: 2000 }'),
    ],
    [
      'the server hands over when it is asked to go',
      drill(
        'fault: stop, target: primary of shard 1',
        '',
        '< 2s',
        'image: "valkey/valkey:9.1", config: { cluster-node-timeout: 5000, shutdown-on-sigterm: failover }',
      ),
    ],
    ['a command hands over', drill(kill, 'recovery: [{ when: failed, run: SHUTDOWN NOSAVE FAILOVER, on: node-1 }]')],
    [
      'a command shortens the wait',
      drill(kill, 'recovery: [{ at: 1s, run: CONFIG SET cluster-node-timeout 500, on: node-2 }]'),
    ],
    [
      'no replica may take over',
      drill(kill, '', '< 2s', 'config: { cluster-node-timeout: 2000, cluster-replica-no-failover: yes }'),
    ],
    [
      'the shard that is hit has no replica',
      drill(
        'fault: kill, target: primary of shard 2',
        '',
        '< 2s',
        'replicas: [1, 0, 0], config: { cluster-node-timeout: 2000 }',
      ),
    ],
    [
      'sentinels may promote nobody',
      drill(
        'fault: kill, target: primary',
        '',
        '< 2s',
        'kind: sentinel, sentinels: { down_after: 5s }, config: { replica-priority: 0 }',
      ),
    ],
  ])('is left to the run when %s', async (_, text) => {
    expect(await problemsOf(text)).toEqual([]);
  });

  it('is refused although somebody helps after the failover', async () => {
    expect(
      await problemsOf(drill(kill, 'recovery: [{ when: failover complete, procedure: restart-node }]')),
    ).toHaveLength(1);
  });
});

describe('the prediction of a plan', () => {
  it('says when a replica may take over', async () => {
    expect(planOf(await loadOne(drill(kill, '', '< 8s'))).predictions).toEqual([
      expect.objectContaining({ what: 'a replica takes over after kill', min: 2500, max: 5300 }),
    ]);
  });

  it('says what keeps the new primary from serving, and what several shards at once cost', async () => {
    const guarded = async (replicas: number) =>
      planOf(
        await loadOne(
          drill(
            kill,
            '',
            '< 20s',
            `replicas: ${replicas}, config: { cluster-node-timeout: 2000, min-replicas-to-write: 1 }`,
          ),
        ),
      ).predictions;
    const [alone] = await guarded(1);
    expect(alone).toMatchObject({ min: 2500, rule: expect.stringContaining('min-replicas-to-write 1 keeps') });
    expect(alone).not.toHaveProperty('max');
    expect(await guarded(2)).toEqual([expect.objectContaining({ max: 7400 })]);
    const two = 'fault: kill, target: [primary of shard 1, primary of shard 2]';
    expect(
      planOf(await loadOne(drill(two, '', '< 8s', 'shards: 5, config: { cluster-node-timeout: 2000 }'))).predictions,
    ).toEqual([expect.objectContaining({ rule: expect.stringContaining('2 shards at once') })]);
  });

  it('is silent where no election is needed', async () => {
    expect(planOf(await loadOne(drill('fault: kill, target: replica', '', '< 8s'))).predictions).toEqual([]);
  });
});

describe('a fault that the server can not have', () => {
  const fault = faultRegistry.kill!;
  afterEach(() => void delete fault.supports);
  const plans = async (images: string) =>
    (await load(drill(kill, `matrix: { image: [${images}] }`, '< 60s'))).map((scenario) => planOf(scenario));

  it('skips the variant, and the plan says why', async () => {
    fault.supports = ({ server }) => !server || atLeast(server, 7, 0) || 'signals came with 7.0';
    const [old, young] = await plans('redis:6.0, redis:7.0');
    expect(old!.skipped).toBe("kill can't work on redis 6.0: signals came with 7.0");
    expect(describePlan(old!)).toContain("skipped: kill can't work on redis 6.0: signals came with 7.0");
    expect(young!.skipped).toBeUndefined();
  });

  it('skips nothing where the name of the image says nothing of the server', async () => {
    fault.supports = ({ server }) => !server || 'never';
    expect((await plans('registry.example/cache:3')).map(({ skipped }) => skipped)).toEqual([undefined]);
  });

  it('skips nothing where it depends on which of several servers is hit', async () => {
    fault.supports = ({ server }) => !server || atLeast(server, 7, 0) || 'signals came with 7.0';
    const mixed = (replicas: string) =>
      loadOne(drill(kill, '', '< 60s', `image: redis:6.0, images: { replicas: ${replicas} }`));
    expect(planOf(await mixed('redis:7.0')).skipped).toBeUndefined();
    expect(planOf(await mixed('redis:6.2')).skipped).toContain('redis 6.0');
  });

  it('skips nothing for a fault that the seed leaves out', async () => {
    fault.supports = ({ server }) => !server || 'never';
    const unlikely = await loadOne(drill(`${kill}, probability: 0.000001%`, '', '< 60s'));
    expect(planOf(unlikely).skipped).toBeUndefined();
  });
});
