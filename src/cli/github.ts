/** What GitHub Actions shows of a run: annotations on the scenario files, and a summary of the job. */
import { appendFile } from 'node:fs/promises';
import { messageOf, RedrillError } from '../core/errors.js';
import { compare, comparisonMarkdown, githubAnnotations, md, renderMarkdown } from '../report/index.js';
import type { Result } from '../report/types.js';
import { command } from './output.js';

/** GitHub refuses the whole summary when it is larger. */
const SUMMARY_LIMIT = 1_000_000;

/** `unrun`: which drills were not begun, and why. */
export async function reportToGithub(results: readonly Result[], unrun?: string): Promise<void> {
  // Workflow commands are read from either stream; stdout may have to stay JSON.
  for (const line of githubAnnotations(results, unrun)) command(line);
  const summary = process.env.GITHUB_STEP_SUMMARY;
  if (!summary) return;
  const texts = unrun === undefined ? [] : [`**${md(unrun)}**\n`];
  // What compares the results is read first.
  for (const text of [
    ...compare(results).map((one) => `${comparisonMarkdown(one)}\n`),
    ...results.map(renderMarkdown),
  ]) {
    if (texts.join('\n').length + text.length > SUMMARY_LIMIT) {
      texts.push('More results are in the reports.');
      break;
    }
    texts.push(text);
  }
  await appendFile(summary, `${texts.join('\n')}\n`).catch((error: unknown) => {
    throw new RedrillError('REPORT', `can't write the summary of the job to ${summary}: ${messageOf(error)}`, {
      cause: error,
    });
  });
}
