/** Images that a drill needs beside the one it starts with: they are there before the first fault, whatever that takes. */

import type { Progress } from '../core/progress.js';
import { resolveImage } from '../fleet/index.js';
import type { Fleet } from '../fleet/types.js';
import { imagesFor } from '../scenarios/images.js';
import type { Plan } from '../scenarios/types.js';
import { serverIn } from '../topology/server.js';
import type { PreparedImage } from '../topology/types.js';

export async function prepareImages(
  { scenario, nodeIds }: Plan,
  fleet: Fleet,
  progress: Progress,
  signal: AbortSignal,
): Promise<Map<string, PreparedImage>> {
  const prepared = new Map<string, PreparedImage>();
  for (const [i, name] of imagesFor(scenario).entries()) {
    const image = await resolveImage(name, { signal, note: progress.note });
    const address = fleet.address(nodeIds.length + 1 + i);
    prepared.set(name, { image, server: await serverIn(image, fleet, address, signal, `version-${i + 2}`) });
  }
  return prepared;
}
