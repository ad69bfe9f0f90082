/** Does nothing, and says at the end by how many ms its event loop was late (p99, at most): what the machine does to any process. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

const resolution = 10;
const delay = monitorEventLoopDelay({ resolution });
delay.enable();
process.stdin.resume();
process.stdin.once('end', () => {
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolution);
  process.stdout.write(JSON.stringify({ p99: late(delay.percentile(99)), max: late(delay.max) }), () =>
    process.exit(0),
  );
});
