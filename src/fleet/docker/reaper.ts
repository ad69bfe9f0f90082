/**
 * A second net under our labels: testcontainers' reaper, a container that removes what carries the label of a session some seconds
 * after its last process is gone, also where nobody comes to clean. Only where its image is on the engine already: to ask a registry
 * for it at each start would take longer than the start.
 */
import { s } from '../../core/units.js';
import { within } from '../../core/until.js';
import type { Engine } from './engine.js';
import { inspectImage } from './inspect.js';
import type { Labels } from './labels.js';

/** @returns the label that it looks for; none where there is no reaper. */
export async function secondNet(engine: Engine): Promise<Labels> {
  if (process.env.TESTCONTAINERS_RYUK_DISABLED === 'true') return {};
  const { getReaper, REAPER_IMAGE } = await import('testcontainers/build/reaper/reaper.js');
  if (!(await inspectImage(engine, REAPER_IMAGE))) return {};
  const { getContainerRuntimeClient, LABEL_TESTCONTAINERS_SESSION_ID } = await import('testcontainers');
  try {
    const { sessionId } = await within(getReaper(await getContainerRuntimeClient()), s(20), 'start the reaper');
    return { [LABEL_TESTCONTAINERS_SESSION_ID]: sessionId };
  } catch {
    // The first net holds without it.
    return {};
  }
}
