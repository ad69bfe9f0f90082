/** What was done, what was seen, and what the servers said about it. */
import { harmless } from '../../core/harmless.js';
import { formatDuration, plural } from '../../core/units.js';
import type { ProcedureRecord, ProcedureStep } from '../../recording/deeds.js';
import type { LogLine } from '../../recording/recording.js';
import { formatMoment } from '../format.js';
import type { ReportInput } from '../types.js';
import { Fold, Mark, Moment, Section } from './parts.js';
import { momentsOf, type View } from './view.js';

export function Procedures({ input, view }: { input: ReportInput; view: View }) {
  const { procedures, stages } = input.recording;
  const begun = stages.some(({ name }) => name === 'timeline');
  return (
    <Section id="procedure" title="Procedure">
      {procedures.length === 0 ? (
        <p class="empty">{begun ? 'None: the servers were left to themselves.' : 'The run did not get that far.'}</p>
      ) : (
        procedures.map((p, i) => <Procedure key={`${p.name} ${i}`} procedure={p} view={view} />)
      )}
    </Section>
  );
}

const outcome = { done: 'pass', failed: 'fail', 'never started': 'error' } as const;

const Procedure = ({ procedure: p, view }: { procedure: ProcedureRecord; view: View }) => (
  <article>
    <h3>
      <Mark of={outcome[p.verdict]} /> {p.name}
      {p.endedAt !== undefined && <span class="took">{formatDuration(p.endedAt - p.startedAt)}</span>}
    </h3>
    <p class="sub">
      {p.summary}. Trigger: {p.trigger}
      {p.verdict !== 'never started' && (
        <>
          , started at <Moment at={p.startedAt} view={view} />
        </>
      )}
    </p>
    {p.message && <p class={`trouble ${outcome[p.verdict]}`}>{p.message}</p>}
    {p.steps.length > 0 && (
      <ol class="steps">
        {p.steps.map((s) => (
          <Step key={`${s.at} ${s.title}`} step={s} view={view} />
        ))}
      </ol>
    )}
  </article>
);

const Step = ({ step: s, view }: { step: ProcedureStep; view: View }) => (
  <li class={s.ok ? 'pass' : 'fail'}>
    <Moment at={s.at} view={view} />
    <span class="step-mark">{s.ok ? '✓' : '✕ failed'}</span>
    <div class="step">
      {s.title}
      {s.node && <span class="tag">{s.node}</span>}
      {s.command && <code class="command">{harmless(s.command)}</code>}
      {s.output && <Output text={harmless(s.output)} open={!s.ok} />}
    </div>
    <span class="took">{formatDuration(s.took)}</span>
  </li>
);

const OUTPUT = 4000;
export const Output = ({ text, open }: { text: string; open: boolean }) =>
  text.length <= 80 && !text.includes('\n') ? (
    <samp>{text}</samp>
  ) : (
    <Fold summary={plural(text.split('\n').length, 'line')} open={open}>
      <pre>{text.slice(0, OUTPUT)}</pre>
      {text.length > OUTPUT && <p class="sub">{text.length - OUTPUT} more characters are left out.</p>}
    </Fold>
  );

const FOLDED = 60;
const LISTED = 600;

export function Events({ input, view }: { input: ReportInput; view: View }) {
  const { events } = input.analysis;
  const listed = events.slice(0, LISTED);
  const table = (
    <table class="plain events">
      <thead>
        <tr>
          <th class="number">Time</th>
          <th>Event</th>
          <th>Where</th>
          <th>Witness</th>
        </tr>
      </thead>
      <tbody>
        {listed.map((e) => (
          <tr key={`${e.t} ${e.kind} ${e.text}`} class={e.kind}>
            <td class="number">
              <Moment at={e.t} view={view} />
            </td>
            <td>{harmless(e.text)}</td>
            <td>{[e.node, e.shard === undefined ? undefined : `shard ${e.shard}`].filter(Boolean).join(', ')}</td>
            <td class="sub">{e.witness}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
  return (
    <Section id="events" title="Timeline" note="The story line by line; the wall clock shows on hover.">
      {events.length === 0 && <p class="empty">Nothing was seen.</p>}
      {events.length > FOLDED ? (
        <Fold summary={plural(events.length, 'event')}>{table}</Fold>
      ) : (
        events.length > 0 && table
      )}
      {listed.length < events.length && (
        <p class="sub">{events.length - listed.length} more are left out here; events.ndjson has them all.</p>
      )}
    </Section>
  );
}

const BEFORE = 2000;
const AFTER = 3000;
/** Lines of one log at its beginning and at its end; of many nodes there are fewer, so that the page stays one that opens. */
const excerpt = (nodes: number): { head: number; tail: number } => {
  const lines = Math.max(30, Math.min(180, Math.floor(4320 / nodes)));
  return { head: Math.ceil((lines * 2) / 3), tail: Math.floor(lines / 3) };
};

export function Logs({ input, view }: { input: ReportInput; view: View }) {
  const { recording, analysis } = input;
  const names = Object.keys(recording.logs);
  const ends = [
    ...momentsOf(analysis),
    ...recording.faults.map((f) => f.healedAt),
    ...recording.procedures.map((p) => p.endedAt),
  ];
  const start = analysis.effective?.at ?? recording.faults[0]?.requestedAt;
  // Without a fault there is no moment to look around: then the last lines are the ones that matter.
  const from = start === undefined ? Number.NEGATIVE_INFINITY : start - BEFORE;
  const to =
    start === undefined ? Number.POSITIVE_INFINITY : Math.max(start, ...ends.filter((t) => t !== undefined)) + AFTER;
  const note =
    start === undefined
      ? 'The logs as they were collected.'
      : `From ${formatMoment(-BEFORE)} to ${formatMoment(view.rel(to))}; logs/<node>.log has all of it.`;
  return (
    <Section id="logs" title="Server logs" note={names.length > 0 ? note : undefined}>
      {names.length === 0 && <p class="empty">No server log was collected.</p>}
      {names.map((name) => {
        const all = recording.logs[name]!;
        const within = all.filter((l) => l.t >= from && l.t <= to);
        return (
          <Fold
            key={name}
            summary={
              <>
                {name}{' '}
                <span class="sub">
                  {within.length === all.length
                    ? plural(all.length, 'line')
                    : `${plural(within.length, 'line')} of ${all.length}`}
                </span>
              </>
            }
          >
            <Excerpt lines={within} view={view} file={`logs/${name}.log`} {...excerpt(names.length)} />
          </Fold>
        );
      })}
    </Section>
  );
}

interface Extent {
  lines: LogLine[];
  view: View;
  file: string;
  head: number;
  tail: number;
}

function Excerpt({ lines, view, file, head, tail }: Extent) {
  const cut = lines.length > head + tail;
  const first = cut ? lines.slice(0, head) : lines;
  const last = cut ? lines.slice(-tail) : [];
  return (
    <div class="log">
      {first.map((l, i) => (
        <Line key={`h${i}`} line={l} view={view} />
      ))}
      {cut && (
        <p class="cut">
          {lines.length - head - tail} lines are left out here; {file} has them.
        </p>
      )}
      {last.map((l, i) => (
        <Line key={`t${i}`} line={l} view={view} />
      ))}
      {lines.length === 0 && <p class="cut">Nothing in this stretch.</p>}
    </div>
  );
}

/** "1:M 12 Mar 2025 10:00:10.500 # text": the process, its clock, the level. The clock is ours already. */
const prefix = /^(\d+:[A-Z]) \d{1,2} \w{3} \d{4} [\d:.]+ ([.\-*#]) /;

function Line({ line, view }: { line: LogLine; view: View }) {
  const text = harmless(line.text);
  const m = prefix.exec(text);
  return (
    <p class={m?.[2] === '#' ? 'warn' : ''} title={m?.[0].trim()}>
      <Moment at={line.t} view={view} />
      <span>{m ? `${m[1]} ${m[2]} ${text.slice(m[0].length)}` : text}</span>
    </p>
  );
}
