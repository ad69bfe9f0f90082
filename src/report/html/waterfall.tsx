/** One recovery, phase by phase: measured beside what the server's own rules predict. The phases add up to the total. */

import { formatDuration } from '../../core/units.js';
import { traitsOf } from '../../deployment/kinds.js';
import { saidOf } from '../../timeline/observed.js';
import type { Incident, Phase, PhaseName } from '../../timeline/types.js';
import { formatUncertainty } from '../format.js';
import type { View } from './view.js';

const definitions: Record<Exclude<PhaseName, 'elected'>, string> = {
  suspected: 'one of the others holds the node for down (PFAIL; sentinels: SDOWN)',
  agreed: 'as many as it takes agree (FAIL; sentinels: ODOWN)',
  promoted: 'the replica has the primary role',
  served: 'a probe write is acknowledged on the last affected shard',
  client: 'the application error rate is back in its band',
  redundant: 'every primary has its replicas online and in sync',
  normal: 'p99 latency is back in its band',
};

const meaning = (name: PhaseName, kind: string): string => {
  if (name !== 'elected') return saidOf(kind, undefined, definitions[name]);
  return traitsOf(kind).elected;
};

interface Scale {
  from: number;
  to: number;
}

interface Part {
  title: string;
  phases: Phase[];
  start: number;
  /** What the sum of these phases is called. */
  total: string;
  limit?: number | undefined;
  predicted?: Incident['predictedRecovery'];
  view: View;
}

export function Waterfall({ title, phases, start, total, limit, predicted, view }: Part) {
  const last = phases.at(-1)!.at;
  const end = Math.max(
    start + (predicted?.max ?? 0),
    ...phases.map((p) => Math.max(p.at, p.from + (p.predicted?.max ?? 0))),
  );
  // A limit far beyond the measured bars would squash them: then it is only told.
  const shown = limit !== undefined && limit < (end - start) * 3 ? start + limit : undefined;
  const scale = { from: start, to: Math.max(end, shown ?? 0) + 1 };
  return (
    <table class="waterfall">
      <caption>{title}</caption>
      <thead>
        <tr>
          <th>Phase</th>
          <th class="wide">
            <span class="visually-hidden">Measured and predicted</span>
          </th>
          <th class="number">Took</th>
          <th>Predicted</th>
          <th>Witness</th>
        </tr>
      </thead>
      <tbody>
        {phases.map((p) => (
          <PhaseRow key={p.name} phase={p} scale={scale} limit={shown} view={view} />
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">
            {total}
            {limit !== undefined && <span class="sub">limit {formatDuration(limit)}</span>}
          </th>
          <td class="wide">
            <span class="falls">
              <span class="sum" style={place(scale, start, last)} />
              {predicted && <Bracket scale={scale} from={start} predicted={predicted} />}
              {shown !== undefined && (
                <span
                  class="limit-rule"
                  style={place(scale, shown, shown)}
                  data-label={`limit ${formatDuration(limit!)}`}
                />
              )}
            </span>
          </td>
          <td class="number">{formatDuration(last - start)}</td>
          <td>{predicted && `${formatDuration(predicted.min)} to ${formatDuration(predicted.max)}`}</td>
          <td class="sub">from the moment it took effect</td>
        </tr>
      </tfoot>
    </table>
  );
}

interface Predicted {
  min: number;
  max: number;
  rule: string;
}

const Bracket = ({ scale, from, predicted: p }: { scale: Scale; from: number; predicted: Predicted }) => (
  <span class="bracket" style={place(scale, from + p.min, from + p.max)} title={p.rule} />
);

function PhaseRow({
  phase: p,
  scale,
  limit,
  view,
}: {
  phase: Phase;
  scale: Scale;
  limit: number | undefined;
  view: View;
}) {
  return (
    <tr>
      <th scope="row" title={view.wall(p.at)}>
        {p.name}
        <span class="sub">{meaning(p.name, view.kind)}</span>
      </th>
      <td class="wide">
        <span class="falls">
          <span class={`fall ${p.fit === 'late' ? 'late' : ''}`} style={place(scale, p.from, p.at)} />
          {p.predicted && <Bracket scale={scale} from={p.from} predicted={p.predicted} />}
          {limit !== undefined && <span class="limit-rule" style={place(scale, limit, limit)} />}
        </span>
      </td>
      <td class="number">
        {formatDuration(p.ms)}
        <span class="sub">{formatUncertainty(p.uncertainty)}</span>
      </td>
      <td>
        {p.predicted ? (
          <>
            {formatDuration(p.predicted.min)} to {formatDuration(p.predicted.max)}
            <span class={`sub fit ${p.fit === 'in range' ? '' : 'off'}`} title={p.predicted.rule}>
              {p.fit === 'in range' ? '✓ in range' : p.fit ? `⚠ ${p.fit}` : ''}
            </span>
          </>
        ) : (
          <span class="sub">no rule</span>
        )}
      </td>
      <td>
        {p.witness}
        {p.note && <span class="sub remark">{p.note}</span>}
      </td>
    </tr>
  );
}

function place({ from, to }: Scale, a: number, b: number): { left: string; width: string } {
  const percent = (n: number): string => `${Number(((n / (to - from)) * 100).toFixed(3))}%`;
  return { left: percent(a - from), width: percent(b - a) };
}
