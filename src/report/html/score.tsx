/** Everything that has a time, under one another on one axis, like a musical score: events, latency, throughput, lanes. */
import { boundsOf } from '../../assertions/latency.js';
import { formatCount, formatDuration } from '../../core/units.js';
import { profileNameOf } from '../../recording/tables.js';
import { measuringProfile } from '../../timeline/latency.js';
import { formatMeasured, formatMoment, profileWords } from '../format.js';
import type { ReportInput } from '../types.js';
import { faultBands, type Lane, laneGroups } from './lanes.js';
import { Section, seconds, span } from './parts.js';
import type { Charts } from './series.js';
import { ticks, type View } from './view.js';

export function Score({ input, view, charts }: { input: ReportInput; view: View; charts: Charts }) {
  if (view.to <= view.from)
    return (
      <Section id="time" title="What happened when">
        <p class="empty">Nothing was measured: the run ended before load was applied.</p>
      </Section>
    );
  const [from, to] = [view.origin + view.from, view.origin + view.to];
  const rel = (a: number, b: number) => span(view.rel(a), view.rel(b));
  return (
    <Section
      id="time"
      title="What happened when"
      note={`One axis for everything; 0 is the moment ${view.zeroIs}. Drag over a chart to zoom.`}
    >
      <Toolbar charts={charts} />
      <div class="score" id="score" style={{ '--x0': seconds(view.from), '--x1': seconds(view.to) }}>
        <div class="overlay" aria-hidden="true">
          {faultBands(input, from, to).map((b) => (
            <span key={b.label} class="band" style={rel(b.from, b.to)} title={b.label} />
          ))}
          {marks(input).map((m) => (
            <span key={`${m.label} ${m.at}`} class={`rule ${m.kind}`} style={rel(m.at, m.at)} />
          ))}
        </div>
        <Rail input={input} view={view} />
        {charts.x.length > 0 && (
          <>
            <Chart
              id="latency"
              title="Latency"
              unit="by the moment operations were due; one without an answer counts with the least that it waited; log scale"
              keys={['p50', 'p99', 'max']}
            />
            <Chart
              id="rate"
              title="Throughput"
              unit={`answers per second, in steps of ${formatDuration(charts.bucket)}`}
              keys={['ok', 'fail', 'unknown']}
            />
          </>
        )}
        {laneGroups(input, from, to).map((g) => (
          <div class="group" key={g.title}>
            <p class="group-title">{g.title}</p>
            {g.lanes.map((lane, i) => (
              <LaneRow key={`${lane.name} ${i}`} lane={lane} view={view} />
            ))}
          </div>
        ))}
        <div class="axis" aria-hidden="true">
          <div class="track" id="ticks">
            {ticks(view.from / 1000, view.to / 1000).map((t) => (
              <span key={t} style={{ '--a': String(Number(t.toFixed(4))) }}>
                {Number(t.toFixed(3))} s
              </span>
            ))}
          </div>
        </div>
        <div class="crosshair" id="crosshair" aria-hidden="true" hidden>
          <span />
        </div>
      </div>
      <Legend />
      <Latencies input={input} view={view} />
    </Section>
  );
}

const Toolbar = ({ charts }: { charts: Charts }) => (
  <div class="toolbar needs-script">
    <fieldset class="switch">
      <legend class="visually-hidden">Stretch of time</legend>
      <button type="button" data-zoom="all" aria-pressed="true">
        Whole run
      </button>
      <button type="button" data-zoom="recovery" aria-pressed="false">
        Recovery
      </button>
    </fieldset>
    {charts.series.length > 1 && (
      <fieldset class="switch">
        <legend class="visually-hidden">Clients</legend>
        {charts.series.map((s, i) => (
          <button type="button" key={s.name} data-profile={i} aria-pressed={i === 0}>
            {s.name}
          </button>
        ))}
      </fieldset>
    )}
  </div>
);

const Chart = ({ id, title, unit, keys }: { id: string; title: string; unit: string; keys: string[] }) => (
  <figure class="chart" aria-label={`${title}, ${unit}`}>
    <figcaption>
      <strong>{title}</strong> <span>{unit}</span>
      <span class="keys needs-script">
        {keys.map((k, i) => (
          <button type="button" key={k} class={`key ${k}`} data-chart={id} data-series={i + 1} aria-pressed="true">
            <i aria-hidden="true" />
            {k} <output />
          </button>
        ))}
      </span>
    </figcaption>
    <div class="plot" id={id}>
      <noscript>The charts need scripts; the figures are in result.json.</noscript>
    </div>
  </figure>
);

interface EventMark {
  at: number;
  kind: string;
  label: string;
}

const phaseWords: Record<string, string> = {
  client: 'clients back',
  normal: 'back to normal',
  served: 'writes served',
};

function marks({ recording, analysis }: ReportInput): EventMark[] {
  const out: EventMark[] = recording.faults.flatMap((f): EventMark[] => [
    f.effective
      ? { at: f.effective.at, kind: 'fault', label: f.type }
      : { at: f.requestedAt, kind: 'fault', label: `${f.type} requested` },
    ...(f.healedAt === undefined ? [] : [{ at: f.healedAt, kind: 'heal', label: `${f.type} healed` }]),
  ]);
  const { incidents = [] } = analysis;
  for (const { moments, fault } of incidents)
    for (const [name, at] of Object.entries(moments)) {
      const label = phaseWords[name] ?? name;
      // With several recoveries in one run, all their phases would hide each other: then only the two that matter.
      if (incidents.length === 1) out.push({ at, kind: name, label });
      else if (name === 'served' || name === 'redundant') out.push({ at, kind: name, label: `${label} (${fault})` });
    }
  for (const p of recording.procedures)
    if (p.verdict !== 'never started') out.push({ at: p.startedAt, kind: 'procedure', label: p.name });
  return out.sort((a, b) => a.at - b.at);
}

/** How wide the track is assumed to be when labels are laid out, in px; a label's letters are about 6 px wide. */
const TRACK = 930;
const labelWidth = (text: string): number => text.length * 6.1 + 14;

/** Labels of the event rules, on as many rows as they need not to touch; near the right edge they turn to the left. */
function Rail({ input, view }: { input: ReportInput; view: View }) {
  const rows: number[] = [];
  const placed = marks(input).map((m) => {
    const x = ((view.rel(m.at) - view.from) / (view.to - view.from)) * TRACK;
    const width = labelWidth(labelText(m, view));
    const left = x + width > TRACK;
    const start = left ? x - width : x;
    const free = rows.findIndex((end) => end < start);
    const row = free < 0 ? rows.length : free;
    rows[row] = start + width;
    return { ...m, row, left };
  });
  return (
    <div class="rail" style={{ '--rows': String(rows.length) }}>
      <span class="lane-name">
        <b>Events</b>
      </span>
      <div class="track">
        {placed.map((m) => (
          <span
            key={`${m.label} ${m.at}`}
            class={`flag ${m.kind}${m.left ? ' left' : ''}`}
            style={{ ...span(view.rel(m.at), view.rel(m.at)), '--row': String(m.row) }}
            title={view.wall(m.at)}
          >
            {labelText(m, view)}
          </span>
        ))}
      </div>
    </div>
  );
}

const labelText = (m: EventMark, view: View): string => `${m.label} ${formatMoment(view.rel(m.at))}`;

/** What the bars show, for those who can't see them. */
const spoken = (lane: Lane, view: View): string => {
  const told = lane.stretches
    .slice(0, 12)
    .map((s) => `${s.state} ${formatMoment(view.rel(s.from))} to ${formatMoment(view.rel(s.to))}`);
  const rest = lane.stretches.length - told.length;
  return `${lane.name}: ${told.join(', ') || 'nothing'}${rest > 0 ? `, and ${rest} more` : ''}`;
};

const LaneRow = ({ lane, view }: { lane: Lane; view: View }) => (
  <div class="lane">
    <span class="lane-name" title={lane.hint}>
      <b>{lane.name}</b> {lane.detail}
    </span>
    <div class="track" role="img" aria-label={spoken(lane, view)}>
      {lane.stretches.map((s) => (
        <span
          key={`${s.state} ${s.from}`}
          class={`seg ${s.state}`}
          style={span(view.rel(s.from), view.rel(s.to))}
          title={`${s.title}\n${formatMoment(view.rel(s.from))} to ${formatMoment(view.rel(s.to))}\n${view.wall(s.from)}`}
        >
          <span>{s.label}</span>
        </span>
      ))}
    </div>
  </div>
);

/** The figures that latency objectives are judged by. */
function Latencies({ input, view }: { input: ReportInput; view: View }) {
  const { windows, latency = {} } = input.analysis;
  if (windows.length === 0 || input.recording.ops.length === 0) return null;
  return (
    <table class="plain windows">
      <caption>
        Latency of {profileWords[profileNameOf(measuringProfile(input.recording.ops))]} clients, from the moment each
        operation was due. One that was refused or got no answer counts from there too: at least until its slot last
        failed, at most until its slot was served again.
      </caption>
      <thead>
        <tr>
          <th>Window</th>
          <th>From, to</th>
          <th class="number">Operations</th>
          <th class="number">No answer at first</th>
          <th class="number">p50</th>
          <th class="number">p99</th>
          <th class="number">Max</th>
        </tr>
      </thead>
      <tbody>
        {windows.map((w) => {
          const l = latency[w.name];
          return (
            <tr key={w.name}>
              <th scope="row">{w.name}</th>
              <td>
                {formatMoment(view.rel(w.from))} to {formatMoment(view.rel(w.to))}
              </td>
              <td class="number">{formatCount(l?.count ?? 0)}</td>
              <td class="number">{formatCount(l?.unanswered ?? 0)}</td>
              {(['p50', 'p99', 'max'] as const).map((figure) => (
                <td class="number" key={figure}>
                  {l ? formatMeasured(boundsOf(l, figure), 'duration') : 'none'}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

const Legend = () => (
  <p class="legend">
    {(
      [
        ['primary', 'primary'],
        ['replica', 'replica'],
        ['syncing', 'replica, not in sync'],
        ['loading', 'loading'],
        ['down', 'down'],
        ['cut-off', 'cut off from the majority'],
        ['outage', 'no write acknowledged'],
      ] as const
    ).map(([state, word]) => (
      <span key={state}>
        <i class={`seg ${state}`} aria-hidden="true" /> {word}
      </span>
    ))}
  </p>
);
