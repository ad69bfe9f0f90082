import { describe, expect, it } from 'vitest';
import { describePlan } from '../describe.js';
import { drawnLeaves, leavesOf } from '../leaves.js';
import { planOf } from '../plan.js';
import { loadOne, problemsOf } from '../testing/write.js';
import type { Scenario } from '../types.js';

const drill = (timeline: string): string => `name: loops\nobjectives: { nodes_agree: true }\ntimeline:\n${timeline}`;
const leaves = ({ timeline }: Scenario): [string, string[]][] =>
  leavesOf(timeline).map((leaf) => [
    leaf.id,
    leaf.kind === 'run' ? [...leaf.commands.flat(), ...leaf.on] : leaf.kind === 'fault' ? leaf.targetWords : [],
  ]);

describe('a loop', () => {
  it('is carried out once for each item, the innermost first', async () => {
    const scenario = await loadOne(
      drill(`
  - at: 1s
    each: [node-1, node-2]
    on: \${item}
    steps:
      - id: outer
        run: ECHO \${item}-\${round}
      - id: inner
        each: [7, "\${item}"]
        run: ECHO \${item}
`),
    );
    expect(leaves(scenario)).toEqual([
      ['outer-1', ['ECHO', 'node-1-1', 'node-1']],
      ['inner-1-1', ['ECHO', '7', 'node-1']],
      ['inner-2-1', ['ECHO', 'node-1', 'node-1']],
      ['outer-2', ['ECHO', 'node-2-2', 'node-2']],
      ['inner-1-2', ['ECHO', '7', 'node-2']],
      ['inner-2-2', ['ECHO', 'node-2', 'node-2']],
    ]);
  });

  it('repeats a single entry, each round with an id of its own', async () => {
    const scenario = await loadOne(
      drill(`
  - at: 1s
    id: kills
    repeat: { times: 2, every: 10s, pause: 1s }
    fault: kill
    target: primary of shard \${round}
    for: 2s
  - when: after kills
    fault: kill
    target: primary
    repeat: 2
    within: 30s
`),
    );
    expect(scenario.timeline[0]).toMatchObject({ kind: 'steps', id: 'kills', pace: { every: 10_000, pause: 1000 } });
    expect(scenario.timeline[1]).toMatchObject({ kind: 'steps', trigger: { within: 30_000 }, pace: {} });
    expect(leaves(scenario)).toEqual([
      ['kills-1', ['primary of shard 1']],
      ['kills-2', ['primary of shard 2']],
      ['kill-3', ['primary']],
      ['kill-4', ['primary']],
    ]);
  });

  it('gives the plan time for all of its rounds', async () => {
    const budget = async (loop: string): Promise<number> =>
      planOf(await loadOne(drill(`  - { at: 1s, ${loop}, run: PING, on: node-1, within: 5s }`))).budget;
    expect((await budget('repeat: 4')) - (await budget('repeat: 1'))).toBe(15_000);
    expect((await budget('repeat: { times: 4, pause: 2s }')) - (await budget('repeat: 1'))).toBe(23_000);
    expect((await budget('repeat: { times: 4, every: 20s }')) - (await budget('repeat: 1'))).toBe(75_000);
  });

  it('is checked as if it were written out, and told once, where it was written', async () => {
    const text = drill(`
  - at: 1s
    each: [1, 4]
    steps:
      - { fault: kill, target: "primary of shard \${item}" }
      - { procedure: restart-node, target: "\${itme}" }
      - { run: "GET \${itm}", on: node-1, withn: 3s }
`);
    expect(await problemsOf(text)).toEqual([
      expect.stringMatching(/^there is no shard 4/),
      'no step saves "itme".',
      'no step saves "itm".',
      'unknown key "withn". Did you mean "within"?',
    ]);
  });

  it.each([
    ['repeat: 0', ['at least 1 is expected, found 0']],
    ['repeat: often', ['a number such as 5, or { times: 5, every: 10s } or { times: 5, pause: 2s }']],
    ['each: []', ['a list of at least 1 entry is expected']],
    [
      'repeat: 2, each: [a]',
      [expect.stringMatching(/^an entry is carried out "repeat" times or for "each", not both/)],
    ],
    ['repeat: 501', [expect.stringContaining('the loops of a file may have 500 rounds together'), expect.any(String)]],
  ])('of %s is refused', async (loop, problems) => {
    expect(await problemsOf(drill(`  - { at: 1s, ${loop}, run: PING, on: node-1 }`))).toEqual(problems);
  });

  it('within loops counts as often as it is carried out, and is refused before it is written out', async () => {
    const nested = (levels: number): string =>
      Array.from({ length: levels }).reduce<string>(
        (step) => `{ repeat: 2, steps: [${step}] }`,
        '{ run: PING, on: node-1 }',
      );
    const text = (levels: number): string => drill(`  - ${nested(levels).replace('{', '{ at: 1s,')}`);
    expect(await problemsOf(text(7))).toEqual([]);
    const before = performance.now();
    for (const levels of [9, 16, 22, 40])
      expect(await problemsOf(text(levels))).toEqual([expect.stringContaining('500 rounds together')]);
    expect(performance.now() - before).toBeLessThan(5000);
  });

  it('keeps every key of a sequence, and tells those that it does not know', async () => {
    const entry = '{ when: failover complete, within: 7s, repeat: 2, steps: [{ run: PING, on: node-2 }] }';
    const start = '  - { at: 1s, fault: kill, target: primary }\n';
    const { timeline } = await loadOne(drill(`${start}  - ${entry}`));
    expect(timeline[1]).toMatchObject({ kind: 'steps', trigger: { within: 7000 }, pace: {} });
    expect(await problemsOf(drill(`${start}  - ${entry.replace('steps', 'foo: 2s, steps')}`))).toEqual([
      'unknown key "foo". Did you mean "on"?',
    ]);
  });

  it.each([
    [
      '{ at: 1s, steps: [{ fault: kill, target: primary, within: 3s }] }',
      '"within" belongs to "when": this step waits for nothing',
    ],
    [
      '{ at: 1s, repeat: 2, fault: kill, target: primary, within: 3s }',
      '"within" belongs to "when": this step waits for nothing',
    ],
    ['{ at: 1s, wait: 2s, within: 3s }', 'a time needs no "within": it is for an event that is waited for'],
  ])('or any step leaves no "within" unused: %s', async (entry, problem) => {
    expect(await problemsOf(drill(`  - ${entry}`))).toEqual([problem]);
  });

  it('has the only place where its names mean something', async () => {
    expect(await problemsOf(drill('  - { at: 1s, run: "GET ${item}", on: node-1 }'))).toEqual([
      '"${item}" has a value only within "each"',
    ]);
  });
});

describe('a choice', () => {
  const text = drill(`
  - at: 1s
    id: one-of
    choose:
      - { fault: kill, target: primary }
      - { fault: pause, target: replica, for: 3s }
      - steps: [{ fault: stop, target: all }, { wait: 1s }]
`);

  it('is drawn from the seed when the plan is made, each option as often as another', async () => {
    const scenario = await loadOne(text);
    const drawn = (seed: string): string => drawnLeaves(planOf(scenario, { seed }).entries)[0]!.id;
    const counts = new Map<string, number>();
    for (let i = 0; i < 300; i++) counts.set(drawn(`${i}`), (counts.get(drawn(`${i}`)) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual(['kill', 'pause', 'stop']);
    for (const count of counts.values()) expect(count).toBeGreaterThan(60);
    expect(Array.from({ length: 10 }, () => drawn('same'))).toEqual(Array(10).fill(drawn('same')));
  });

  it('shows what was drawn beside what was not', async () => {
    const scenario = await loadOne(text);
    expect(describePlan(planOf(scenario)).match(/drawn with this seed/g)).toHaveLength(1);
  });

  it('of one is none', async () => {
    expect(await problemsOf(drill('  - { at: 1s, choose: [{ run: PING, on: node-1 }] }'))).toEqual([
      'a list of at least 2 entries is expected',
    ]);
  });

  it('needs every option to be right', async () => {
    expect(
      await problemsOf(drill('  - { at: 1s, choose: [{ run: PING, on: node-1 }, { fault: kill, target: node-9 }] }')),
    ).toEqual(['there is no node-9: the topology has node-1 to node-6']);
  });
});
