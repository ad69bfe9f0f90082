import { readFileSync } from 'node:fs';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultsIn } from './leaves.js';
import { loadScenarios } from './load.js';
import { planOf } from './plan.js';
import { InvalidScenario } from './problems.js';
import { load, loadOne, problemsOf, written } from './testing/write.js';

const bad = 'src/scenarios/testing/bad';
const minimal = `
name: minimal
timeline:
  - { at: 3s, fault: kill, target: primary of shard 1 }
objectives:
  recovery_time: < 60s
`;

describe('a valid file', () => {
  it('needs no more than a name, a fault and an objective', async () => {
    expect(await loadOne(minimal)).toMatchObject({
      name: 'minimal',
      title: 'minimal',
      topology: { kind: 'cluster', shards: 3, replicas: 1, image: 'redis:7.0', config: {} },
      workload: { kind: 'append', clients: 8, rate: 500, waitReplicas: 0, profiles: 'both', valueSize: 64 },
      timeline: [
        {
          kind: 'fault',
          id: 'kill',
          type: 'kill',
          trigger: { at: 3000 },
          params: {},
          targetWords: ['primary of shard 1'],
          targets: [{ kind: 'role', role: 'primary', shard: 1, every: false }],
        },
      ],
      recovery: [],
      objectives: [{ name: 'recovery_time', op: '<', limit: 60_000, optional: false }],
    });
  });

  it('says where each objective stands, for annotations', async () => {
    const { objectives } = await loadOne(minimal);
    expect(objectives[0]!.position).toMatchObject({ line: 6, column: 18 });
    expect(objectives[0]!.position!.file).toMatch(/drill\.yaml$/);
  });

  it('may have several servers, as long as each replica understands its primary', async () => {
    const problems = (images: string) => problemsOf(`${minimal}topology: { image: redis:7.0, images: ${images} }`);
    expect(await problems('{ replicas: valkey/valkey:8.1 }')).toEqual([]);
    expect(await problems('{ node-4: redis:6.0 }')).toEqual([
      expect.stringContaining("node-4 can't follow node-1: redis 6.0 can't be a replica of redis 7.0"),
    ]);
    expect(await problems('{ replcas: redis:7.0 }')).toEqual([expect.stringContaining('"replcas" names no node')]);
  });

  it.each([
    ['{ default: { password: a } }', "the default user's password is topology.password"],
    ['{ redrill: { password: a } }', 'this is the name of the user that redrill itself connects as'],
    ['{ a b: { password: a } }', `"a b" is not a user's name`],
    ['{ a: { password: a, for: clients }, b: { password: b, for: clients } }', '"a" is for clients already'],
    ['{ a: { password: a, rules: "+@all >b" } }', 'rules are words such as'],
    ['{ a: { password: a, rules: "+@all nopass" } }', 'rules are words such as'],
    ['{ a: { rules: "+@all" } }', 'missing "password"'],
  ])('refuses users %s', async (users, message) => {
    expect(await problemsOf(`${minimal}topology: { users: ${users} }`)).toEqual([expect.stringContaining(message)]);
  });

  it('writes settings as redis.conf wants them', async () => {
    const { topology } = await loadOne(
      `${minimal}topology: { config: { appendonly: true, save: "", maxmemory: 64mb, cluster-node-timeout: 2000, loglevel: debug, lazyfree-lazy-expire: false } }`,
    );
    expect(topology.config).toEqual({
      appendonly: 'yes',
      save: '',
      maxmemory: '64mb',
      'cluster-node-timeout': '2000',
      loglevel: 'debug',
      'lazyfree-lazy-expire': 'no',
    });
  });

  it('has every common field of an entry', async () => {
    const scenario = await loadOne(`
name: entries
timeline:
  - { id: first, at: 1m30s, fault: pause, target: [replica, node-3], for: 250ms, probability: 50% }
  - { when: after first, within: 20s, fault: stop, target: minority, grace: 1s }
recovery:
  - { when: log matches /Failover election won/i, procedure: none, within: 5s }
objectives: { availability: { limit: ">= 10%", optional: true } }
`);
    expect(scenario.timeline[0]).toMatchObject({
      id: 'first',
      trigger: { at: 90_000 },
      targetWords: ['replica', 'node-3'],
      for: 250,
      probability: 0.5,
    });
    expect(scenario.timeline[1]).toMatchObject({
      id: 'stop',
      trigger: { when: { on: 'after', id: 'first' }, within: 20_000 },
      params: { grace: 1000 },
    });
    expect(scenario.recovery[0]).toMatchObject({
      trigger: { when: { on: 'log', pattern: 'Failover election won', flags: 'i' }, within: 5000 },
    });
    expect(scenario.objectives[0]).toMatchObject({ name: 'availability', op: '>=', limit: 0.1, optional: true });
  });

  it('gives parameters their defaults, beside the common fields of an entry', async () => {
    const { recovery, timeline } = await loadOne(`
name: params
timeline: [{ at: 1s, fault: stop, target: replica }]
recovery: [{ when: healed, procedure: restart-node, within: 12s, timeout: 20s }]
objectives: { recovery_time: < 60s }
`);
    expect(timeline[0]).toMatchObject({ params: { grace: 15_000 } });
    expect(recovery[0]).toMatchObject({
      trigger: { when: { on: 'healed' }, within: 12_000 },
      params: { timeout: 20_000 },
    });
  });

  it('takes a number of replicas for each shard', async () => {
    const topology = (replicas: string): string => `${minimal}topology: { replicas: ${replicas} }`;
    expect((await loadOne(topology('[5, 0, 1]'))).topology).toMatchObject({ replicas: 5, perShard: [5, 0, 1] });
    expect((await loadOne(topology('[1, 1, 1]'))).topology).not.toHaveProperty('perShard');
    expect(await problemsOf(topology('[5, 0]'))).toEqual(['2 numbers for 3 shards']);
    expect(await problemsOf(topology('[5, 0, 6]'))).toEqual(['at most 5 is expected, found 6']);
    expect(await problemsOf(topology('many'))).toEqual([
      'replicas are a whole number, or a list of them, one for each shard',
    ]);
    expect(await problemsOf(`${topology('[5, 0, 1]')}\nrecovery: [{ at: 5s, procedure: failover, shard: 2 }]`)).toEqual(
      ['shard 2 has no replica to promote'],
    );
    expect(await problemsOf(topology('[5, 0, 1]').replace('primary of shard 1', 'replica of shard 2'))).toEqual([
      'shard 2 has no replica',
    ]);
  });

  it('rotates only passwords that somebody here has', async () => {
    const rotation = (topology: string, rest = ''): string =>
      `${minimal}topology: ${topology}\nrecovery: [{ at: 5s, procedure: rotate-credentials${rest} }]`;
    const users = '{ password: a, users: { app: { password: b, for: clients }, spare: { password: c } } }';
    expect(await problemsOf(rotation('{ shards: 3 }'))).toEqual([
      'nobody has a password: write topology.password or topology.users',
    ]);
    expect(await problemsOf(rotation(users))).toEqual([]);
    expect(await problemsOf(rotation(users, ', user: app'))).toEqual([]);
    expect(await problemsOf(rotation(users, ', user: spare'))).toEqual([
      'nobody connects as spare; those who do: default, app',
    ]);
  });

  it('refuses a load that contradicts its probes or its topology', async () => {
    const workload = (text: string, topology = '{}'): string => `${minimal}topology: ${topology}\nworkload: ${text}`;
    expect(await problemsOf(workload('{ probes: read, kind: read }'))).toEqual([]);
    expect(await problemsOf(workload('{ probes: read, kind: none }'))).toEqual([]);
    for (const kind of ['append', 'expiring', 'cache'])
      expect(await problemsOf(workload(`{ probes: read, kind: ${kind} }`))).toEqual([
        `probes that read are for deployments that nobody writes to, and a load of kind ${kind} writes; write kind: read, or none`,
      ]);
    expect(await problemsOf(workload('{ pubsub: { sharded: true } }'))).toEqual([]);
    expect(await problemsOf(workload('{ pubsub: { sharded: true } }', '{ kind: sentinel }'))).toContain(
      'only a cluster has shards to publish to; leave it out with kind sentinel',
    );
    expect(await problemsOf(workload('{ kind: expiring, ttl: 10ms }'))).toHaveLength(1);
    expect(await problemsOf(workload('{ replica_reads: 0/s }'))).toHaveLength(1);
  });

  it('knows anchors, merge keys and x- keys', async () => {
    const { timeline } = await loadOne(`
name: anchors
x-kill: &kill { fault: kill, target: primary of shard 1, x-note: ignored }
timeline:
  - { at: 3s, <<: *kill }
  - { at: 9s, <<: *kill, target: primary of shard 2 }
objectives: { recovery_time: < 60s }
`);
    expect(faultsIn(timeline).map(({ id, targetWords }) => [id, targetWords[0]])).toEqual([
      ['kill', 'primary of shard 1'],
      ['kill-2', 'primary of shard 2'],
    ]);
  });

  it('expands a matrix into named scenarios', async () => {
    const scenarios = await load(
      `${minimal}matrix: { image: [redis:7.0, valkey/valkey:8.1], config: { cluster-node-timeout: [1000, 5000] } }`,
    );
    expect(
      scenarios.map(({ name, topology }) => [name, topology.image, topology.config['cluster-node-timeout']]),
    ).toEqual([
      ['minimal-redis-7-0-cluster-node-timeout-1000', 'redis:7.0', '1000'],
      ['minimal-redis-7-0-cluster-node-timeout-5000', 'redis:7.0', '5000'],
      ['minimal-valkey-valkey-8-1-cluster-node-timeout-1000', 'valkey/valkey:8.1', '1000'],
      ['minimal-valkey-valkey-8-1-cluster-node-timeout-5000', 'valkey/valkey:8.1', '5000'],
    ]);
  });

  it('extends others, and each value knows the file it came from', async () => {
    const folder = await written({
      'base.yaml': minimal,
      'middle.yaml': 'extends: base.yaml\nname: middle\ntopology: { shards: 5 }\n',
      'top.yaml':
        'extends: ./middle.yaml\nname: top\ntopology: { replicas: 2 }\nobjectives: { availability: ">= 10%" }\n',
    });
    const [top] = await loadScenarios(join(folder, 'top.yaml'));
    expect(top).toMatchObject({ name: 'top', topology: { shards: 5, replicas: 2 } });
    expect(top!.objectives.map(({ name, position }) => [name, position!.file.replace(/.*\//, '')])).toEqual([
      ['recovery_time', 'base.yaml'],
      ['availability', 'top.yaml'],
    ]);
  });

  it('must have a name of its own when it extends another', async () => {
    const folder = await written({ 'base.yaml': minimal, 'top.yaml': 'extends: base.yaml\n' });
    await expect(loadScenarios(join(folder, 'top.yaml'))).rejects.toThrow('missing "name"');
  });
});

describe('a TypeScript scenario', () => {
  const twin = `
import { defineScenario } from 'redrill';
const shard: number = 1;
export default defineScenario({
  name: 'minimal',
  timeline: [{ at: '3s', fault: 'kill', target: \`primary of shard \${shard}\` }],
  objectives: { recovery_time: '< 60s' },
});
`;

  it('makes the same plan as its YAML twin', async () => {
    const [fromYaml, fromTs] = [await loadOne(minimal), await loadOne(twin, 'drill.ts')].map((scenario) => {
      const plan = planOf(scenario);
      // Where they were read from is all that may differ.
      const objectives = plan.objectives.map(({ position: _, ...rest }) => rest);
      const { file: _, ...same } = plan.scenario;
      return { ...plan, objectives, scenario: { ...same, objectives } };
    });
    expect(fromTs).toEqual(fromYaml);
  });

  it('may be a list of scenarios', async () => {
    const list = `export default [1, 2].map((n) => ({ name: 'n-' + n, timeline: [{ at: '3s', fault: 'kill', target: 'primary' }], objectives: { recovery_time: '< 60s' } }));`;
    expect((await load(list, 'drill.mts')).map(({ name }) => name)).toEqual(['n-1', 'n-2']);
  });

  it('is refused in words when it has none', async () => {
    expect(await problemsOf('export const x = 1;', 'drill.ts')).toEqual([
      expect.stringContaining('export default defineScenario'),
    ]);
    expect(await problemsOf('export default { name: }', 'drill.ts')).toEqual([
      expect.stringContaining('could not be loaded: '),
    ]);
  });
});

describe('a bad file', async () => {
  for (const name of (await readdir(bad)).filter((name) => !name.endsWith('.txt')).sort())
    it(`${name} is refused with every problem and its place`, async () => {
      const error = await loadScenarios(join(bad, name)).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(error).toBeInstanceOf(InvalidScenario);
      expect((error as InvalidScenario).code).toBe('SCENARIO');
      expect((error as InvalidScenario).exitStatus).toBe(64);
      await expect(`${(error as InvalidScenario).show()}\n`).toMatchFileSnapshot(`testing/bad/${name}.txt`);
    });

  it('that does not exist, is a folder, empty or binary says just that', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'redrill-test-'));
    await expect(loadScenarios(join(folder, 'none.yaml'))).rejects.toThrow('no such file');
    await expect(loadScenarios(folder)).rejects.toThrow('is a directory');
    expect(await problemsOf(' \n\n')).toEqual(['is empty']);
    expect(await problemsOf(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]))).toEqual(['is not a text file']);
    expect(await problemsOf(Buffer.from([0xc3, 0x28, 0x41]))).toEqual(['is not a text file (not UTF-8)']);
  });

  it('of a megabyte is refused by its size, at once', async () => {
    const noise = Buffer.alloc(1_000_000, 'noise: [*&{\n');
    const before = performance.now();
    expect(await problemsOf(noise)).toEqual(['976.6 KB is too large for a scenario file (at most 256 KB)']);
    expect(performance.now() - before).toBeLessThan(200);
  });

  it('of noise below the limit is refused in a few lines', async () => {
    const noise = Array.from({ length: 20_000 }, (_, i) => '{[*&:-,]}"\n x'.charAt((i * 7919) % 13)).join('');
    const error = await load(noise).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(InvalidScenario);
    expect((error as InvalidScenario).show().split('\n').length).toBeLessThan(70);
    expect(
      Math.max(
        ...(error as InvalidScenario)
          .show()
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThan(400);
  });

  it('nested beyond reason is refused, not a crash', async () => {
    expect(await problemsOf(`a: ${'{a: '.repeat(5000)}1${'}'.repeat(5000)}`)).toEqual([
      expect.stringMatching(/nested too deeply|must end/),
    ]);
    expect((await problemsOf('['.repeat(100_000))).length).toBeGreaterThan(0);
  });

  it('shows the problems of its common fields beside an unknown fault', async () => {
    expect(
      await problemsOf(
        'name: x\ntimeline: [{ at: 3, fault: segfalt, target: primary }]\nobjectives: { recovery_time: < 60s }',
      ),
    ).toEqual(['"3" has no unit; write 3s or 3ms', 'unknown fault "segfalt". Did you mean "segfault"?']);
  });

  it('wants a deed undone after a while, which nothing can', async () => {
    expect(
      await problemsOf(
        'name: x\ntimeline: [{ at: 3s, fault: flushall, target: primary, for: 5s }]\nobjectives: { values_missing: <= 9 }',
      ),
    ).toEqual(['flushall is over at once and nothing undoes it: "for" has no meaning here']);
  });

  it('lists what there is when nothing is near', async () => {
    const [message] = await problemsOf(
      'name: x\ntimeline: [{ at: 3s, fault: earthquake, target: primary }]\nobjectives: { recovery_time: < 60s }',
    );
    expect(message).toMatch(/^unknown fault "earthquake"\. Known: segfault, kill, /);
  });

  it.each([
    ['topology: { memory: 0b }', 'write 6mb to 1024gb'],
    ['topology: { disk: 0b }', 'write 1mb to 1024gb'],
    ['topology: { memory: 999999999gb }', 'is more than any server has'],
    ['topology: { cpus: .inf }', 'Infinity is not a number that anything can be set to'],
    ['topology: { cpus: 0.000001 }', 'at least 0.01 is expected'],
    ['topology: { image: "redis:7.0\\nx" }', 'is not the name of an image'],
    ['topology: { image: "--privileged" }', 'is not the name of an image'],
    ['topology: { config: { constructor: x, cluster-node-timeout: 99999999999999999999 } }', 'is not kept exactly'],
    ['topology: { users: { __proto__: { password: a } } }', 'no key can be named "__proto__"'],
    ['topology: { config: { __proto__: x } }', 'no key can be named "__proto__"'],
    ['topology: { config: { loglevel: nothing } }', 'redrill reads what a server prints'],
    ['topology: { config: { syslog-enabled: true } }', 'redrill reads what a server prints'],
    ['topology: { config: { rename-command: INFO "" } }', 'redrill itself needs INFO'],
    ['topology: { kind: sentinel, sentinels: { down_after: 0s } }', 'whole milliseconds are expected'],
    ['topology: { zones: { names: [a, b], links: [{ latency: 0ms }] } }', 'a link has a latency'],
    ['topology: { zones: { names: [a, b], links: [{ loss: 100% }] } }', 'a link that loses everything is none'],
    ['workload: { rate: 0/s }', '"0/s" is nothing at all'],
    ['workload: { value_size: 0b }', 'write 1b to 64mb'],
    ['title: "a\\nb"', 'one line is expected'],
    ['title: "::error::x"', 'a title does not begin with'],
    ['title: "\\e[31mred"', 'a control character stands in this text'],
    ['tags: ["a\\u202eb"]', 'turns the direction of writing'],
    ['seed: "a\\nb"', 'one line is expected'],
    [`timeout: ${'9'.repeat(400)}s`, 'no value is that long'],
    ['timeout: 500h', 'is longer than anything here takes'],
  ])('has no absurd value: %s', async (line, problem) => {
    const given = `${minimal}${line}`;
    expect(await problemsOf(given)).toContainEqual(expect.stringContaining(problem));
  });

  it.each([
    ['{ at: 3s, fault: kill, target: primary, for: 0s }', 'a fault lasts 1ms at least'],
    ['{ at: 3s, fault: kill, target: primary, probability: 0% }', 'at 0% it never fires'],
    ['{ at: 3s, never: suspected, for: 0s }', 'what is not watched is not seen'],
    ['{ at: 3s, run: PING, on: node-1, timeout: 0s, error: no reply }', 'no server answers in less than 10ms'],
    ['{ at: 3s, run: CONFIG SET loglevel warning, on: all }', 'redrill reads what a server prints'],
    ['{ at: 3s, expect: log matches /x*/ }', 'every line matches /x*/'],
    ['{ at: 3s, expect: node-1 is node-2 }', 'node-1 and node-2 are names: nothing is asked'],
    ['{ at: 3s, never: shard 1 has > 5 replicas, for: 1s }', 'no primary can have so many: there are 6 nodes'],
    ['{ at: 3s, expect: shard 1 has >= 0 replicas }', 'that is always so: a primary has 0 to 5 replicas here'],
    ['{ at: 3s, run: [SET, k, 12345678901234567890], on: node-1 }', 'is not kept exactly; put it in quotes'],
  ])('has no entry that could not do, or not fail: %s', async (entry, problem) => {
    expect(await problemsOf(minimal.replace(/{ at: 3s.*}/, entry))).toContainEqual(expect.stringContaining(problem));
  });

  it.each([
    ['never: suspected, for: 1s', 'nobody suspects a node in a topology of kind replication'],
    ['expect: node-1 is failed', 'nobody suspects a node in a topology of kind replication'],
    ['expect: slot 42 moved', 'slots are of a cluster'],
    ['expect: cluster ok', 'has no cluster_state'],
  ])('asks nothing that has one answer only: %s', async (step, problem) => {
    expect(await problemsOf(`name: x\ntopology: { kind: replication }\ntimeline: [{ at: 3s, ${step} }]`)).toEqual([
      expect.stringContaining(problem),
    ]);
  });

  it('that stands within itself is refused, not a crash', async () => {
    const endless = 'an alias stands within what it stands for: it has no end';
    expect(await problemsOf('name: x\ntimeline: &t\n  - { at: 1s, steps: *t }')).toEqual([endless]);
    expect(await problemsOf('const a = { name: "x" }; a.topology = a; export default a;', 'drill.ts')).toEqual([
      endless,
    ]);
  });

  it('that is read for ever, or extends one, is empty', async () => {
    await expect(loadScenarios('/proc/self/mem')).rejects.toThrow('is empty');
    const folder = await written({ 'top.yaml': `${minimal}extends: /proc/kmsg\n` });
    await expect(loadScenarios(join(folder, 'top.yaml'))).rejects.toThrow('is empty');
  });

  it('with too many combinations is refused before they are built', async () => {
    const many = Array.from({ length: 60 }, (_, i) => `redis:${i}.0`).join(', ');
    expect(await problemsOf(`${minimal}matrix: { image: [${many}], shards: [3, 4, 5] }`)).toEqual([
      '180 combinations are more than the 100 one file may make',
    ]);
  });

  it('whatever its text, is refused with places inside the file, never a crash', async () => {
    const original = readFileSync('scenarios/no-replica-left.yaml', 'utf8');
    const noise = fc.constantFrom(
      ':',
      ' ',
      '\n',
      '-',
      '[',
      '}',
      '"',
      '&a',
      '*a',
      '<<: ',
      'x-',
      '#',
      '0',
      '\t',
      'é',
      '|',
      '>',
      '!!',
      '? ',
    );
    const edit = fc.tuple(fc.nat(original.length), fc.nat(12), noise);
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        let text = original;
        for (const [at, cut, put] of edits) text = text.slice(0, at) + put + text.slice(at + cut);
        const error = await load(text).catch((error: unknown) => error);
        if (Array.isArray(error)) return;
        expect(error).toBeInstanceOf(InvalidScenario);
        const lines = text.split('\n').length;
        for (const { position, message } of (error as InvalidScenario).problems) {
          expect(message).not.toBe('');
          if (!position) continue;
          expect(position.line).toBeGreaterThanOrEqual(1);
          expect(position.line).toBeLessThanOrEqual(lines + 1);
        }
        (error as InvalidScenario).show();
      }),
      { numRuns: 300 },
    );
  });
});
