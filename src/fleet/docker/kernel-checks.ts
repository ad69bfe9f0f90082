import { type Check, check, fail, type Look, ok, warn } from '../checks.js';
import { self } from '../liveness.js';
import { builtName } from '../recipes.js';
import type { Engine } from './engine.js';
import { inspectImage } from './inspect.js';
import { labelsOf } from './labels.js';
import { removeRun } from './remove.js';
import { type Shaping, shapingOf } from './shape/kernel.js';
import { entriesFor, GC_THRESH3, openSysctls } from './sysctls.js';
import { startTools, type Tools } from './tools.js';

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
        warn('not looked at: there is no tools image yet', '`redrill setup` makes it.'),
      ),
    ];
  try {
    const can = await shapingOf(await start());
    return [
      await check('packets', async () => packets(can)),
      await check('bandwidth', async () =>
        can.has('htb')
          ? ok('bandwidth limits work (sch_htb)')
          : warn('no bandwidth limits: this kernel has no sch_htb', '`modprobe sch_htb` where the module exists.'),
      ),
      await check('neighbour table', () => neighbours(engine, start)),
    ];
  } catch (error) {
    return [await check('tools container', () => Promise.reject(error))];
  } finally {
    if (tools) await removeRun(engine, id);
  }
}

function packets(can: ReadonlySet<Shaping>): Look {
  if (can.has('netem')) return ok('latency, jitter, loss, doubling and reordering work (sch_netem)');
  if (can.has('queue'))
    return ok('latency, jitter, loss, doubling and reordering work (NFQUEUE; this kernel has no sch_netem)');
  return warn(
    'no latency, jitter, loss, doubling or reordering: this kernel has neither sch_netem nor NFQUEUE',
    '`modprobe sch_netem` or `modprobe nfnetlink_queue` where the module exists.',
  );
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
