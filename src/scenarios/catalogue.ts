/** Finding scenario files: in folders, and in the catalogue that comes with redrill. */
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RedrillError } from '../core/errors.js';
import { didYouMean } from '../core/nearest.js';
import { kebab } from './entries.js';
import { imagesFor } from './images.js';
import { type Loaded, loadEach, loadFiles } from './load.js';
import { isAddition } from './script.js';
import type { Scenario } from './types.js';

/** The catalogue of the package: beside `src` here, beside `dist` when installed. As somebody in this folder would write it. */
const shipped = asWritten(fileURLToPath(new URL('../../scenarios', import.meta.url)));

function asWritten(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
}
const wanted = /\.(ya?ml|[cm]?[jt]s)$/;

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );

/** In a folder files that scenarios name in `use` may stand beside them: they are left out. */
export async function loadCatalogue(paths: readonly string[]): Promise<Loaded[]> {
  const places = paths.length > 0 ? paths : [await defaultFolder()];
  const loaded = await Promise.all(
    places.map(async (place) => {
      if (!(await isFolder(place))) return loadEach([place]);
      return (await loadEach(await filesIn(place))).filter(({ file, problems }) => !isAddition(file, problems));
    }),
  );
  return loaded.flat();
}

const defaultFolder = async (): Promise<string> => ((await isFolder('scenarios')) ? 'scenarios' : shipped);

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => wanted.test(name) && !name.endsWith('.d.ts'))
    .sort()
    .map((name) => join(folder, name));
}

/**
 * Scenarios by file or, as `list` shows them, by name: of a matrix all, or one of them. What exists as a file is meant as one.
 * @throws RedrillError for a name that nobody or several files have, InvalidScenario for files that are not valid.
 */
export async function loadNamed(words: readonly string[]): Promise<Scenario[]> {
  const exists = await Promise.all(
    words.map((word) =>
      stat(word).then(
        () => true,
        () => false,
      ),
    ),
  );
  const meant = (word: string, i: number): boolean => !exists[i] && kebab.test(word);
  const known = await knownTo(words.filter(meant));
  const loaded = await loadFiles(words.filter((word, i) => !meant(word, i)));
  const named = words.filter(meant).flatMap((word) => scenariosNamed(word, known));
  // In the order in which they were asked for.
  const order = new Map(words.map((word, i) => [word, i]));
  const placed = [
    ...loaded.map((scenario) => ({ scenario, at: order.get(scenario.file ?? '') ?? 0 })),
    ...named.map(({ word, scenario }) => ({ scenario, at: order.get(word) ?? 0 })),
  ];
  return placed.sort((a, b) => a.at - b.at).map(({ scenario }) => scenario);
}

/** Those of the folder here and, where it has not all that was asked for, those that come with redrill. */
async function knownTo(names: readonly string[]): Promise<Scenario[]> {
  if (names.length === 0) return [];
  const scenariosIn = async (place: string): Promise<Scenario[]> =>
    (await loadCatalogue([place])).flatMap(({ scenarios }) => scenarios);
  const own = await scenariosIn(await defaultFolder());
  const isIn = (known: readonly Scenario[], name: string): boolean => known.some((one) => isCalled(one, name));
  if (names.every((name) => isIn(own, name))) return own;
  return [...own, ...(await scenariosIn(shipped)).filter(({ name }) => !isIn(own, name))];
}

const isCalled = ({ name, variant }: Scenario, word: string): boolean => name === word || variant?.of === word;

function scenariosNamed(word: string, known: readonly Scenario[]): { word: string; scenario: Scenario }[] {
  const found = known.filter((one) => isCalled(one, word));
  const files = [...new Set(found.map(({ file }) => file))];
  if (files.length > 1)
    throw new RedrillError('USAGE', `"${word}" is the name of scenarios in ${files.length} files`, {
      hint: `name the one that is meant: ${files.join(', ')}`,
    });
  if (found.length === 0)
    throw new RedrillError(
      'USAGE',
      `"${word}" is neither a file nor the name of a scenario.${didYouMean(
        word,
        known.map(({ name }) => name),
      )}`,
      { hint: '`redrill list` shows the names' },
    );
  return found.map((scenario) => ({ word, scenario }));
}

/** The images that the valid scenarios there ask for. */
export async function imagesOf(paths: readonly string[]): Promise<string[]> {
  const loaded = await loadCatalogue(paths);
  return [
    ...new Set(loaded.flatMap(({ scenarios }) => scenarios.flatMap((one) => [one.topology.image, ...imagesFor(one)]))),
  ].sort();
}
