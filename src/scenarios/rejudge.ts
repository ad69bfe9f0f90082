/** Judging a finished run again, offline: with the objectives it had, or with new ones. */
import { parseObjective } from '../assertions/parse.js';
import { messageOf, RedrillError } from '../core/errors.js';
import { buildResult } from '../report/index.js';
import type { ReportInput } from '../report/types.js';
import { readRecording } from '../workload/history.js';
import type { ObjectiveSpec } from '../workload/recording.js';
import { didYouMean } from './problems.js';
import { objectiveRegistry } from './registries.js';

/** `given`: "recovery_time=< 5s"; none of them means the run's own objectives. */
export async function rejudge(folder: string, given: readonly string[] = []): Promise<ReportInput> {
  // New objectives are read first: a typing mistake needs no history of a million operations.
  const objectives = given.map(parseGiven);
  const recording = await readRecording(folder);
  return buildResult(objectives.length > 0 ? { ...recording, objectives } : recording);
}

function parseGiven(text: string): ObjectiveSpec {
  const [, name = '', limit = ''] = /^\s*([a-z0-9_]+)\s*=(.*)$/is.exec(text) ?? [];
  if (!name)
    throw new RedrillError('USAGE', `"${text}" is not an objective`, {
      hint: 'write for example --objective "recovery_time=< 5s"',
    });
  const known = Object.keys(objectiveRegistry);
  if (!known.includes(name))
    throw new RedrillError('USAGE', `unknown objective "${name}".${didYouMean(name, known)}`, {
      hint: `Known: ${known.join(', ')}`,
    });
  try {
    return { ...parseObjective(name, limit.trim()), optional: false };
  } catch (error) {
    throw new RedrillError('USAGE', messageOf(error));
  }
}
