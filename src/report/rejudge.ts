/** Judging a finished run again, offline: with the objectives it had, or with new ones. */

import { parseObjective } from '../assertions/parse.js';
import { objectiveRegistry } from '../assertions/registry.js';
import { messageOf, RedrillError } from '../core/errors.js';
import { didYouMean } from '../core/nearest.js';
import { openRecording } from '../recording/history.js';
import type { ObjectiveSpec, Recording } from '../recording/recording.js';
import { buildResult } from './index.js';
import type { ReportInput } from './types.js';

interface Options {
  /** Files of the folder that will be written again: whether they were damaged does not matter. */
  rewritten?: readonly string[];
}

/** @param given "recovery_time=< 5s"; none of them means the run's own objectives. */
export async function rejudge(
  folder: string,
  given: readonly string[] = [],
  { rewritten = [] }: Options = {},
): Promise<ReportInput> {
  // New objectives are read first: a typing mistake needs no history of a million operations.
  const objectives = given.map(parseGiven);
  const { recording, sealed } = await openRecording(folder, rewritten);
  const judged: Recording = objectives.length > 0 ? { ...recording, objectives } : recording;
  if (sealed) return buildResult(judged);
  try {
    return buildResult(judged);
  } catch (error) {
    // Without checksums this is not known to be what a drill wrote.
    throw new RedrillError('REPORT', `${folder} holds a recording that can't be judged: ${messageOf(error)}`, {
      hint: 'it has no checksums and is probably damaged; run the scenario again, or restore the folder from a copy',
      cause: error,
    });
  }
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
