/**
 * From a file to scenarios. All that is wrong is found in one go, and nothing is returned then:
 *
 *   read → parse → extends → schema → matrix → checks that need several parts → Scenario[]
 */
import { dirname, isAbsolute, join } from 'node:path';
import { messageOf, RedrillError } from '../core/errors.js';
import { didYouMean } from '../core/nearest.js';
import { checkDraft, checkVariant } from './check.js';
import { draftOf, placed } from './draft.js';
import { languageWith } from './language.js';
import { variantsOf } from './matrix.js';
import { deepMerge, isMap, withoutExtras } from './merge.js';
import { type Complaint, InvalidScenario, isUnknownName, type Path, type Problem } from './problems.js';
import { unfitIn } from './sane.js';
import { scenarioFields } from './schema.js';
import { isScript, loadScript } from './script.js';
import { parseYaml, readText, type Source } from './source.js';
import type { Scenario } from './types.js';
import { type Addition, additionFrom, everywhere } from './use.js';

/** Every scenario of a file. Throws InvalidScenario with all problems. */
export async function loadScenarios(file: string): Promise<Scenario[]> {
  const sources = await sourcesOf(file);
  if (!areSources(sources)) throw new InvalidScenario(sources);
  const results = await Promise.all(sources.map(scenariosOf));
  const problems = results.flatMap((result) => result.problems);
  if (problems.length > 0) throw new InvalidScenario(problems);
  return results.flatMap((result) => result.scenarios);
}

export interface Loaded {
  file: string;
  scenarios: Scenario[];
  problems: readonly Problem[];
}

/** Each file by itself, the bad ones beside the good ones. */
export function loadEach(files: readonly string[]): Promise<Loaded[]> {
  return Promise.all(
    files.map(async (file): Promise<Loaded> => {
      try {
        return { file, scenarios: await loadScenarios(file), problems: [] };
      } catch (error) {
        if (error instanceof InvalidScenario) return { file, scenarios: [], problems: error.problems };
        throw error;
      }
    }),
  );
}

/** All scenarios of several files, or InvalidScenario with the problems of all of them. */
export async function loadFiles(files: readonly string[]): Promise<Scenario[]> {
  const loaded = await loadEach(files);
  const problems = loaded.flatMap((one) => one.problems);
  if (problems.length > 0) throw new InvalidScenario(problems);
  return loaded.flatMap((one) => one.scenarios);
}

/** The scenarios of these names, in the order of the files; all of them where no name is given. */
export function only(scenarios: readonly Scenario[], names: readonly string[]): Scenario[] {
  const known = scenarios.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new RedrillError('USAGE', `no scenario is named "${unknown}".${didYouMean(unknown, known)}`, {
      hint: `Known: ${known.join(', ')}`,
    });
  return scenarios.filter(({ name }) => names.length === 0 || names.includes(name));
}

type Sources = Source[] | Problem[];
const areSources = (list: Sources): list is Source[] => list[0] !== undefined && 'data' in list[0];

async function sourcesOf(file: string): Promise<Sources> {
  const text = await readText(file);
  if (typeof text !== 'string') return text;
  if (isScript(file)) return loadScript(file);
  const source = parseYaml(file, text);
  return Array.isArray(source) ? source : [source];
}

async function scenariosOf(source: Source): Promise<{ scenarios: Scenario[]; problems: Problem[] }> {
  const chain = await chainOf(source);
  if (!('data' in chain)) return { scenarios: [], problems: chain.problems };
  const { variants, complaints } = variantsOf(
    chain.data,
    isMap(chain.data) && scenarioFields.matrix.safeParse(chain.data.matrix).success,
  );
  const { added, complaints: unusable } = await usedBy(chain);
  complaints.push(...unusable);
  const foreign = [...everywhere(), ...added];
  const language = languageWith(foreign);
  if (!source.has(['name']) && isMap(source.data)) complaints.push({ path: ['name'], message: 'missing "name"' });
  const drafts = variants.map((variant) => {
    const { draft, complaints: found } = draftOf(variant.data, language);
    const checked = [...checkDraft(draft), ...(draft.topology ? checkVariant(draft, draft.topology) : [])];
    // The names that a file would have brought that can't be used: the cause is told already.
    const told = unusable.length > 0 ? found.filter((complaint) => !isUnknownName(complaint)) : found;
    for (const complaint of [...told, ...placed(checked, draft.origin)])
      complaints.push({ ...complaint, path: variant.origin(complaint.path) });
    return { variant, draft };
  });
  const problems = [...chain.problems, ...distinct(complaints).map(chain.place)];
  if (problems.length > 0) return { scenarios: [], problems: problems.sort(byPlace) };

  const scenarios = drafts.map(({ variant: { suffix, label }, draft }): Scenario => {
    const scenario = draft.complete();
    return {
      ...scenario,
      name: scenario.name + suffix,
      title: suffix ? `${scenario.title} (${suffix.slice(1)})` : scenario.title,
      file: source.file,
      ...(foreign.length > 0 && { use: foreign.map(({ file }) => file) }),
      ...(label !== '' && { variant: { of: scenario.name, label } }),
      objectives: scenario.objectives.map((objective) => {
        const { position } = chain.place({ path: ['objectives', objective.name], message: '' });
        return { ...objective, ...(position && { position }) };
      }),
    };
  });
  return { scenarios, problems: [] };
}

/** The whole-schema pass and the checks may say the same thing of the same place. */
function distinct(complaints: Complaint[]): Complaint[] {
  const seen = new Map(
    complaints.map((complaint) => [`${complaint.path.join('\0')}\0${complaint.message}`, complaint]),
  );
  return [...seen.values()];
}

const byPlace = (a: Problem, b: Problem): number =>
  a.file.localeCompare(b.file) ||
  (a.position?.line ?? 0) - (b.position?.line ?? 0) ||
  (a.position?.column ?? 0) - (b.position?.column ?? 0);

interface Chain {
  data: unknown;
  /** What no scenario can mean, in any of the files. */
  problems: Problem[];
  place(complaint: Complaint): Problem;
}

/** A file and the files it extends, merged. A complaint is placed in the file that its value comes from. */
async function chainOf(source: Source, above: string[] = []): Promise<Chain | { problems: Problem[] }> {
  const unfit = unfitIn(source.data);
  const problems = unfit.complaints.map(source.place);
  if (unfit.hopeless) return { problems };
  const data = withoutExtras(source.data);
  const alone: Chain = { data, problems, place: source.place };
  if (!isMap(data) || typeof data.extends !== 'string' || data.extends === '') return alone;
  const complain = (message: string): { problems: Problem[] } => ({
    problems: [source.place({ path: ['extends'], message })],
  });

  const file = isAbsolute(data.extends) ? data.extends : join(dirname(source.file), data.extends);
  const files = [...above, source.file];
  if (files.includes(file))
    return complain(`a circle: ${[...files.slice(files.indexOf(file)), file].join(' extends ')}`);
  const bases = await sourcesOf(file);
  if (!areSources(bases)) {
    const [first] = bases;
    return first?.position ? { problems: bases } : complain(`${file}: ${first?.message}`);
  }
  if (bases.length > 1) return complain(`${file} has ${bases.length} scenarios; one is expected`);
  const base = await chainOf(bases[0]!, files);
  if (!('data' in base)) return base;
  return {
    problems: [...base.problems, ...problems],
    data: deepMerge(base.data, data),
    place: (complaint) => (fromBase(data, base.data, complaint.path) ? base.place(complaint) : source.place(complaint)),
  };
}

/** The files of own faults, procedures and objectives that it names, as the file sees them in which it is written. */
async function usedBy({ data, place }: Chain): Promise<{ added: Addition[]; complaints: Complaint[] }> {
  const written = isMap(data) ? data.use : undefined;
  const files = Array.isArray(written) ? written : written === undefined ? [] : [written];
  const added: Addition[] = [];
  const complaints: Complaint[] = [];
  for (const [i, file] of files.entries()) {
    if (typeof file !== 'string' || file === '') continue;
    const path = Array.isArray(written) ? ['use', i] : ['use'];
    const base = dirname(place({ path, message: '' }).file);
    try {
      added.push(await additionFrom(isAbsolute(file) ? file : join(base, file)));
    } catch (error) {
      complaints.push({ path, message: `${file}: ${messageOf(error)}` });
    }
  }
  return { added, complaints };
}

/** Does what stands at this path come from the base? Maps are merged, so it is decided where they part. */
function fromBase(over: unknown, base: unknown, path: Path): boolean {
  let [mine, theirs] = [over, base];
  for (const key of path) {
    if (!isMap(mine) || !isMap(theirs)) return false;
    if (!Object.hasOwn(mine, key)) return Object.hasOwn(theirs, key);
    [mine, theirs] = [mine[key], theirs[key]];
  }
  return false;
}
