/** What runs have left on a Docker engine, and how it goes. */
import { type CleanOptions, type CleanReport, cleanIn, type Holdings, sweepIn } from '../clean.js';
import type { Intent } from '../journal.js';
import { self } from '../liveness.js';
import { connectEngine, type Engine } from './engine.js';
import { labelsOf } from './labels.js';
import { inventory, removeRun } from './remove.js';
import { openSysctls, restoreNeighbours } from './sysctls.js';
import { startTools } from './tools.js';

export const clean = async (options?: CleanOptions): Promise<CleanReport> =>
  cleanIn(holdingsOf(await connectEngine()), options);

export const sweep = (engine: Engine): Promise<CleanReport> => sweepIn(holdingsOf(engine));

export const holdingsOf = (engine: Engine): Holdings => ({
  id: engine.id,
  local: engine.local,
  inventory: () => inventory(engine),
  remove: (runId, attempts) => removeRun(engine, runId, { attempts }),
  restore: (runId, intents) => restoreSysctls(engine, runId, intents),
});

async function restoreSysctls(engine: Engine, runId: string, intents: readonly Intent[]): Promise<string[]> {
  if (!intents.some((entry) => entry.intent === 'sysctl')) return [];
  const helper = `clean-${process.pid}`;
  let helped = false;
  const open = () =>
    openSysctls(engine, () => {
      helped = true;
      return startTools(engine, helper, labelsOf(helper, self()), { note: async () => {} });
    });
  try {
    return await restoreNeighbours(open, runId, intents);
  } finally {
    if (helped) await removeRun(engine, helper);
  }
}
