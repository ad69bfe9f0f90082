/** Finding scenario files: in folders, and in the catalogue that comes with redrill. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { imagesFor } from './engine/images.js';
import { type Loaded, loadEach } from './load.js';

/** The catalogue of the package: beside `src` here, beside `dist` when installed. */
const shipped = fileURLToPath(new URL('../../scenarios', import.meta.url));
const wanted = /\.(ya?ml|[cm]?[jt]s)$/;

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );

export async function loadCatalogue(paths: readonly string[]): Promise<Loaded[]> {
  const places = paths.length > 0 ? paths : [(await isFolder('scenarios')) ? 'scenarios' : shipped];
  const files = await Promise.all(places.map(async (place) => ((await isFolder(place)) ? filesIn(place) : [place])));
  return loadEach(files.flat());
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => wanted.test(name) && !name.endsWith('.d.ts'))
    .sort()
    .map((name) => join(folder, name));
}

/** The images that the valid scenarios there ask for. */
export async function imagesOf(paths: readonly string[]): Promise<string[]> {
  const loaded = await loadCatalogue(paths);
  return [
    ...new Set(loaded.flatMap(({ scenarios }) => scenarios.flatMap((one) => [one.topology.image, ...imagesFor(one)]))),
  ].sort();
}
