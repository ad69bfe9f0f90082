import { RedrillError } from '../core/errors.js';
import { until } from '../core/until.js';
import type { Server } from '../deployment/types.js';
import type { Fleet, ResolvedImage } from '../fleet/types.js';

/** Reads "Redis server v=7.0.15 …" or "Valkey server v=8.1.1 …", as --version prints it. */
export function parseVersion(text: string): Server | undefined {
  const found = /\b(redis|valkey)\b.*?v=(\d+\.\d+(?:\.\d+)?)/i.exec(text);
  return found ? { product: found[1]!.toLowerCase() as Server['product'], version: found[2]! } : undefined;
}

export const programOf = ({ product }: Server): string => `${product}-server`;

/** What runs in this image, asked from the image itself: its name may say anything. */
export async function serverIn(
  image: ResolvedImage,
  fleet: Fleet,
  address: string,
  signal: AbortSignal,
  name = 'version',
): Promise<Server> {
  const labelled = /^(redis|valkey) (\S+)$/.exec(image.labels?.['redrill.server'] ?? '');
  if (labelled) return { product: labelled[1] as Server['product'], version: labelled[2]! };
  const probe = await fleet.create(
    { name, image: image.ref, command: ['redis-server', '--version'], files: {}, ports: [] },
    address,
  );
  await probe.start();
  await probe.exited();
  const lines = await until(
    () => probe.logs(),
    (seen) => seen.length > 0,
    { describe: 'the image says its version', within: 5000, signal },
  );
  const server = parseVersion(lines.map((line) => line.text).join('\n'));
  if (!server)
    throw new RedrillError(
      'IMAGE',
      `${image.name} is neither Redis nor Valkey: redis-server --version says "${lines[0]?.text.slice(0, 80)}"`,
      {
        hint: 'use an image with redis-server or valkey-server on its path',
      },
    );
  return server;
}
