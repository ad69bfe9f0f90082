/** (c) What recording costs: the load's own operations in a closed loop, beside the same client without them, beside redis-benchmark. */
import { startClock } from '../core/clock.js';
import { appendKey, elementText } from '../recording/keys.js';
import type { LoadSpec } from '../recording/load-spec.js';
import { Profile } from '../recording/tables.js';
import { Texts } from '../recording/texts.js';
import type { Topology } from '../topology/types.js';
import { openClient } from '../workload/client.js';
import { tagsFor } from '../workload/load.js';
import { operations } from '../workload/operations.js';
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
  ttl: 0,
};

interface Pace {
  /** Operations per second. */
  rate: number;
  /** µs of this process's CPU time per operation: what is left when the machine's moods are taken away. */
  cpu: number;
}

const mean = (a: Pace, b: Pace): Pace => ({ rate: (a.rate + b.rate) / 2, cpu: (a.cpu + b.cpu) / 2 });

export async function benchThroughput(rounds: number): Promise<string> {
  const started = await startOurs(3, 0, 5000);
  try {
    const bare: Pace[] = [];
    const recorded: Pace[] = [];
    const reference: number[] = [];
    for (let i = -1; i < rounds; i++) {
      // Forth and back: the one that comes second must not gain or lose by it.
      const first = await bareLoop(started.topology);
      const both = [await recordedLoop(started.topology), await recordedLoop(started.topology)] as const;
      const last = await bareLoop(started.topology);
      const scale = await redisBenchmark(started.topology);
      // The first round warms the just-in-time compiler up and is not counted.
      if (i < 0) continue;
      bare.push(mean(first, last));
      recorded.push(mean(...both));
      reference.push(scale);
    }
    const share = (values: number[]): string => {
      const { median, min, max } = summarise(values.map((v) => v * 100));
      return `${median.toFixed(1)} % (${min.toFixed(1)}–${max.toFixed(1)})`;
    };
    const row = (what: string, paces: Pace[]): string[] => [
      what,
      show(summarise(paces.map((p) => p.rate)), 0),
      show(summarise(paces.map((p) => p.cpu)), 2),
    ];
    return table(
      [
        `${OPERATIONS} RPUSH, ${IN_FLIGHT} in flight, one process`,
        'operations/s: median (min–max)',
        'CPU µs each: median (min–max)',
      ],
      [
        row('bare ioredis loop', bare),
        row('redrill operations, recorded', recorded),
        [
          'cost of recording in the same round',
          share(bare.map((b, i) => 1 - recorded[i]!.rate / b.rate)),
          share(bare.map((b, i) => recorded[i]!.cpu / b.cpu - 1)),
        ],
        [`redis-benchmark --cluster -c ${IN_FLIGHT} (C, for scale)`, show(summarise(reference), 0), ''],
      ],
    );
  } finally {
    await stopOurs(started);
  }
}

/** IN_FLIGHT chains, each starting its next operation when its last is answered. */
async function closedLoop(start: () => Promise<unknown>): Promise<Pace> {
  let left = OPERATIONS;
  const chain = async (): Promise<void> => {
    while (left-- > 0) await start();
  };
  const used = process.cpuUsage();
  const from = performance.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, chain));
  const seconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(used);
  return { rate: OPERATIONS / seconds, cpu: (user + system) / OPERATIONS };
}

async function bareLoop(topology: Topology): Promise<Pace> {
  const client = await openClient(topology, Profile.tuned, new AbortController().signal);
  const tags = tagsFor(topology).map(({ tag }) => tag);
  await flush(topology);
  let seq = 0;
  const pace = await closedLoop(() => client.redis.rpush(appendKey(tags, 0, seq), elementText(0, seq++)));
  client.close();
  return pace;
}

async function recordedLoop(topology: Topology): Promise<Pace> {
  const client = await openClient(topology, Profile.tuned, new AbortController().signal);
  await flush(topology);
  const clock = startClock();
  const ops = operations([client], tagsFor(topology), spec, clock, new Texts());
  const pace = await closedLoop(() => ops.start(0, clock.now()));
  client.close();
  if (ops.table.length !== OPERATIONS) throw new Error(`${ops.table.length} operations recorded, not ${OPERATIONS}`);
  return pace;
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
