/** (c) What recording costs: the load's own operations in a closed loop, beside the same client without them, beside redis-benchmark. */
import { startClock } from '../core/clock.js';
import type { Topology } from '../topology/types.js';
import { openClient } from '../workload/client.js';
import { appendKey, element } from '../workload/keys.js';
import { tagsFor } from '../workload/load.js';
import { type LoadSpec, operations } from '../workload/operations.js';
import { Profile } from '../workload/recording.js';
import { Texts } from '../workload/texts.js';
import { startOurs, stopOurs } from './cluster.js';
import { show, summarise, table } from './stats.js';

const OPERATIONS = 150_000;
const IN_FLIGHT = 64;
const spec: LoadSpec = {
  kind: 'append',
  clients: 1,
  rate: 1,
  waitReplicas: 0,
  profiles: 'tuned',
  keys: 1,
  valueSize: 16,
};

export async function benchThroughput(rounds: number): Promise<{ text: string; cost: number }> {
  const started = await startOurs(3, 0, 5000);
  try {
    const bare: number[] = [];
    const recorded: number[] = [];
    const reference: number[] = [];
    for (let i = -1; i < rounds; i++) {
      const results = [
        await bareLoop(started.topology),
        await recordedLoop(started.topology),
        await redisBenchmark(started.topology),
      ] as const;
      // The first round warms the just-in-time compiler up and is not counted.
      if (i < 0) continue;
      bare.push(results[0]);
      recorded.push(results[1]);
      reference.push(results[2]);
    }
    const costs = summarise(bare.map((b, i) => 1 - recorded[i]! / b));
    const text = table(
      [`${OPERATIONS} RPUSH, ${IN_FLIGHT} in flight, one process`, 'operations/s: median (min–max)'],
      [
        ['bare ioredis loop', show(summarise(bare), 0)],
        ['redrill operations, recorded', show(summarise(recorded), 0)],
        [
          'cost of recording in the same round',
          `${(costs.median * 100).toFixed(1)} % (${(costs.min * 100).toFixed(1)}–${(costs.max * 100).toFixed(1)})`,
        ],
        [`redis-benchmark --cluster -c ${IN_FLIGHT} (C, for scale)`, show(summarise(reference), 0)],
      ],
    );
    return { text, cost: costs.median };
  } finally {
    await stopOurs(started);
  }
}

/** IN_FLIGHT chains, each starting its next operation when its last is answered. */
async function closedLoop(start: () => Promise<unknown>): Promise<number> {
  let left = OPERATIONS;
  const chain = async (): Promise<void> => {
    while (left-- > 0) await start();
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, chain));
  return OPERATIONS / ((performance.now() - from) / 1000);
}

async function bareLoop(topology: Topology): Promise<number> {
  const client = await openClient(topology, Profile.tuned, new AbortController().signal);
  const tags = tagsFor(topology).map(({ tag }) => tag);
  await flush(topology);
  let seq = 0;
  const rate = await closedLoop(() => client.cluster.rpush(appendKey(tags, 0, seq), element(0, seq++)));
  client.close();
  return rate;
}

async function recordedLoop(topology: Topology): Promise<number> {
  const client = await openClient(topology, Profile.tuned, new AbortController().signal);
  await flush(topology);
  const clock = startClock();
  const ops = operations([client], tagsFor(topology), spec, clock, new Texts());
  const rate = await closedLoop(() => ops.start(0, clock.now()));
  client.close();
  if (ops.table.length !== OPERATIONS) throw new Error(`${ops.table.length} operations recorded, not ${OPERATIONS}`);
  return rate;
}

const flush = (topology: Topology): Promise<unknown> =>
  Promise.all(topology.nodes.map((node) => node.call(['FLUSHALL'])));

async function redisBenchmark(topology: Topology): Promise<number> {
  const [node] = topology.nodes;
  const argv = [
    'redis-benchmark',
    '--cluster',
    '-h',
    node!.announced.host,
    '-t',
    'rpush',
    '-n',
    String(OPERATIONS),
    '-c',
    String(IN_FLIGHT),
    '-q',
    '--csv',
  ];
  const { stdout, stderr } = await node!.container.exec(argv, { timeout: 120_000 });
  const rate = /"RPUSH[^"]*","([\d.]+)"/.exec(stdout)?.[1];
  if (rate === undefined) throw new Error(`redis-benchmark: ${(stdout + stderr).slice(-300)}`);
  return Number(rate);
}
