/** The page above several scenarios of one run: counters, and a line with a link for each. Failing first. */
import { renderToString } from 'preact-render-to-string';
import { type RunVerdict, worstRun } from '../../assertions/types.js';
import { formatDuration } from '../../core/units.js';
import { compare } from '../compare.js';
import { serverText } from '../format.js';
import { verdictWords } from '../sentence.js';
import type { Result } from '../types.js';
import { overviewAssets } from './assets.js';
import { Compared } from './comparison.js';
import { Mark } from './parts.js';
import { shell } from './shell.js';

export interface OverviewEntry {
  result: Result;
  /** Relative link to the scenario's own page. */
  href: string;
}

const verdicts = ['fail', 'inconclusive', 'pass', 'skipped'] as const satisfies RunVerdict[];
const words: Record<RunVerdict, string> = {
  fail: 'failed',
  inconclusive: 'inconclusive',
  pass: 'passed',
  skipped: 'skipped',
};

/** `unrun`: which drills were not begun, and why. */
export function renderOverview(entries: readonly OverviewEntry[], unrun?: string): string {
  const verdict = worstRun([...entries.map((e) => e.result.verdict), ...(unrun ? (['inconclusive'] as const) : [])]);
  const counted = verdicts.map((v) => [v, entries.filter((e) => e.result.verdict === v).length] as const);
  const sorted = [...entries].sort((a, b) => verdicts.indexOf(a.result.verdict) - verdicts.indexOf(b.result.verdict));
  const told = counted.filter(([, n]) => n > 0).map(([v, n]) => `${n} ${words[v]}`);
  const title = `${entries.length} ${entries.length === 1 ? 'drill' : 'drills'}: ${told.join(', ') || 'none ran'}`;
  const body = renderToString(
    <div class={`page ${verdict}`}>
      <header class="headline">
        <p class="eyebrow">
          <span class="brand">redrill</span>
          <span>{entries[0] ? entries[0].result.startedAt.slice(0, 10) : ''}</span>
        </p>
        <Mark of={verdict} big />
        <h1>{title}</h1>
        {unrun && <p class="trouble error">{unrun}</p>}
      </header>
      <main>
        <section>
          <table class="objectives overview">
            <thead>
              <tr>
                <th>Verdict</th>
                <th>Scenario</th>
                <th>What decided it</th>
                <th>Server</th>
                <th class="number">Took</th>
              </tr>
            </thead>
            <tbody>
              {sorted.map(({ result, href }) => (
                <Row key={href} result={result} href={href} />
              ))}
            </tbody>
          </table>
        </section>
        {compare(entries.map((e) => e.result)).map((comparison, i) => (
          <Compared key={comparison.scenario} comparison={comparison} index={i + 1} />
        ))}
      </main>
    </div>,
  );
  return shell({ title, body, assets: overviewAssets() });
}

function Row({ result, href }: OverviewEntry) {
  const reason = result.sentence.slice(`${result.scenario.name} ${verdictWords[result.verdict]}: `.length);
  return (
    <tr class={result.verdict}>
      <td>
        <Mark of={result.verdict} />
      </td>
      <th scope="row">
        <a href={href}>{result.scenario.name}</a>
        <span class="sub">{result.scenario.title}</span>
      </th>
      <td>{reason}</td>
      <td>{serverText(result)}</td>
      <td class="number">{formatDuration(result.durationMs)}</td>
    </tr>
  );
}
