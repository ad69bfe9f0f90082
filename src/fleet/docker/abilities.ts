import { type Check, check, fail, type Look, ok, warn } from '../checks.js';
import { self } from '../liveness.js';
import { builtName } from '../recipes.js';
import type { Engine } from './engine.js';
import { inspectImage } from './inspect.js';
import { labelsOf } from './labels.js';
import { removeRun } from './remove.js';
import { entriesFor, GC_THRESH3, openSysctls } from './sysctls.js';
import { startTools, type Tools } from './tools.js';

/** Each is tried for real, in a network name space that is thrown away. Prints the names of what worked. */
const TRY = `
try() { name=$1; shift; if unshare -n "$@" >/dev/null 2>&1; then echo "$name"; fi; }
try netem tc qdisc add dev lo root netem delay 1ms
try tbf tc qdisc add dev lo root tbf rate 1mbit burst 32k latency 5ms
try iptables iptables -A INPUT -m statistic --mode random --probability 0.5 -j DROP
`;

/** What the kernel can do; needs the tools image, which is not built for the sake of a diagnosis. */
export async function kernelChecks(engine: Engine): Promise<Check[]> {
  const id = `doctor-${process.pid}`;
  let tools: Promise<Tools> | undefined;
  const start = (): Promise<Tools> => {
    tools ??= startTools(engine, id, labelsOf(id, self()), { note: async () => {} });
    return tools;
  };
  if (!(await inspectImage(engine, builtName('redrill/tools'))))
    return [
      await check('kernel', async () =>
        warn('not looked at: there is no tools image yet', '`node docker/setup.mjs` makes it.'),
      ),
    ];
  try {
    const works = new Set((await (await start()).script(TRY, [])).split('\n'));
    return [
      await check('netem', async () =>
        works.has('netem')
          ? ok('latency, loss and reordering in the kernel')
          : warn(
              'this kernel has no sch_netem',
              'Faults of latency and loss need it; `modprobe sch_netem` where the module exists.',
            ),
      ),
      await check('tbf', async () =>
        works.has('tbf')
          ? ok('bandwidth limits work')
          : warn('no bandwidth limits (sch_tbf)', 'Faults that need them are not available.'),
      ),
      await check('iptables', async () =>
        works.has('iptables')
          ? ok('packet filters work, also with random loss')
          : warn('iptables with the statistic match does not work', 'Faults that need it are not available.'),
      ),
      await check('neighbour table', () => neighbours(engine, start)),
    ];
  } catch (error) {
    return [await check('tools container', () => Promise.reject(error))];
  } finally {
    if (tools) await removeRun(engine, id);
  }
}

async function neighbours(engine: Engine, start: () => Promise<Tools>): Promise<Look> {
  const limit = Number(await (await openSysctls(engine, start)).read(GC_THRESH3));
  let nodes = 1;
  while (entriesFor(nodes + 1) <= limit) nodes++;
  const detail = `${limit} entries, enough for ${nodes} fully meshed nodes`;
  return nodes >= 6
    ? ok(`${detail}; raised for a run that needs more`)
    : fail(detail, 'sysctl -w net.ipv4.neigh.default.gc_thresh3=4096');
}
