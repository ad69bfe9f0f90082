/** index.html: the whole report of one scenario run in one file. */
import { gzipSync } from 'node:zlib';
import { renderToString } from 'preact-render-to-string';
import type { Finding } from '../../assertions/types.js';
import { harmlessIn } from '../../core/harmless.js';
import { renderMarkdown } from '../markdown.js';
import type { ReportInput } from '../types.js';
import { pageAssets } from './assets.js';
import { BesideTheLoad } from './beside.js';
import { DataSafety } from './data.js';
import { Environment, Reproduce, Warnings } from './environment.js';
import { Headline } from './headline.js';
import { Events, Logs, Procedures } from './log.js';
import { Objectives } from './objectives.js';
import { Recovery } from './recovery.js';
import { Score } from './score.js';
import { type Charts, charts } from './series.js';
import { shell } from './shell.js';
import { Steps } from './steps.js';
import { momentsOf, type View, viewOf } from './view.js';

const contents = [
  ['objectives', 'Objectives'],
  ['time', 'What happened when'],
  ['recovery', 'Recovery'],
  ['writes', 'Writes'],
  ['procedure', 'Procedure'],
  ['steps', 'Steps'],
  ['events', 'Timeline'],
  ['logs', 'Logs'],
  ['environment', 'Environment'],
  ['reproduce', 'Reproduce'],
] as const;

export function renderHtml(given: ReportInput): string {
  const { views, ...recording } = given.recording;
  const input = { ...given, result: harmlessIn(given.result), recording: { ...harmlessIn(recording), views } };
  const view = viewOf(input);
  const data = charts(input.recording, view);
  const body = renderToString(<Page input={input} view={view} charts={data} />);
  const { name } = input.result.scenario;
  return shell({
    title: `${input.result.verdict}: ${name}`,
    body,
    assets: pageAssets(),
    data: pack(clientData(input, view, data)),
  });
}

const Page = ({ input, view, charts }: { input: ReportInput; view: View; charts: Charts }) => (
  <div class={`page ${input.result.verdict}`}>
    <Headline {...input} />
    <nav aria-label="Contents">
      {contents
        .filter(([id]) => id !== 'steps' || input.result.steps.length > 0)
        .map(([id, word]) => (
          <a key={id} href={`#${id}`}>
            {word}
          </a>
        ))}
    </nav>
    <main>
      <Objectives {...input} />
      <Warnings {...input} />
      <Score input={input} view={view} charts={charts} />
      <Recovery input={input} view={view} />
      <DataSafety input={input} view={view} />
      <BesideTheLoad {...input} />
      <Procedures input={input} view={view} />
      <Steps input={input} view={view} />
      <Events input={input} view={view} />
      <Logs input={input} view={view} />
      <Environment {...input} />
      <Reproduce {...input} note={renderMarkdown(input.result)} />
    </main>
    <footer>
      Written by redrill {input.result.environment.redrill}. Times count from the moment {view.zeroIs}:{' '}
      {view.wall(view.origin)}.
    </footer>
  </div>
);

/** A latency objective of a window, drawn as a line over that window. */
interface Threshold {
  label: string;
  value: number;
  from: number;
  to: number;
}

function clientData({ analysis, recording, result }: ReportInput, view: View, data: Charts): unknown {
  const seconds = (t: number): number => Number((view.rel(t) / 1000).toFixed(4));
  const ends = [...momentsOf(analysis), ...recording.faults.map((f) => f.healedAt)].filter((t) => t !== undefined);
  const last = ends.length > 0 ? Math.max(...ends) - view.origin : view.to;
  const thresholds = result.findings.flatMap((f): Threshold[] => {
    const window = analysis.windows.find((w) => latency(f)?.endsWith(w.name));
    return window
      ? [
          {
            label: `${f.objective} ${f.limit.text}`,
            value: f.limit.limit,
            from: seconds(window.from),
            to: seconds(window.to),
          },
        ]
      : [];
  });
  return {
    ...data,
    from: view.from / 1000,
    to: view.to / 1000,
    recovery: [Math.max(view.from, -1500) / 1000, Math.min(view.to, Math.max(last + 1500, 1000)) / 1000],
    wallAtOrigin: recording.clock.wallAtZero + view.origin,
    thresholds,
  };
}

const latency = (f: Finding): string | undefined => (/^(p\d+|max)_/.test(f.objective) ? f.objective : undefined);

const pack = (data: unknown): string => gzipSync(JSON.stringify(data), { level: 9 }).toString('base64');
