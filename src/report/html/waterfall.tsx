/** The recovery, phase by phase: measured beside what the server's own rules predict. The phases add up to the total. */
import { formatDuration } from '../../core/units.js';
import type { Phase, PhaseName } from '../../timeline/types.js';
import { formatUncertainty } from '../format.js';
import type { ReportInput } from '../types.js';
import { Moment, Section } from './parts.js';
import type { View } from './view.js';

const definitions: Record<PhaseName, string> = {
  suspected: 'a peer flags the node PFAIL',
  agreed: 'a majority agrees: FAIL',
  elected: 'a replica has won the election',
  promoted: 'the winner has the primary role',
  served: 'a probe write is acknowledged on the last affected shard',
  client: 'the application error rate is back in its band',
  redundant: 'every primary has its replicas online and in sync',
  normal: 'p99 latency is back in its band',
};

interface Scale {
  from: number;
  to: number;
}

export function Recovery({ input, view }: { input: ReportInput; view: View }) {
  const { analysis, result } = input;
  const { phases, effective } = analysis;
  const note =
    'Bars are measured, brackets are what the server’s own rules predict. Each phase begins where the one before ends.';
  if (!effective || phases.length === 0)
    return (
      <Section id="recovery" title="Recovery">
        <p class="empty">
          {effective
            ? 'No phase of a recovery was seen.'
            : 'No fault took effect, so there was nothing to recover from.'}
        </p>
        <Outages input={input} view={view} />
      </Section>
    );
  const served = phases.findIndex((p) => p.name === 'served');
  const split = served < 0 ? phases.length : served + 1;
  const limit = result.findings.find((f) => f.objective === 'recovery_time')?.limit.limit;
  return (
    <Section id="recovery" title="Recovery" note={note}>
      <Waterfall
        title={served < 0 ? 'Towards service' : 'Until service is back'}
        phases={phases.slice(0, split)}
        start={effective.at}
        limit={limit}
        view={view}
      />
      {split < phases.length && (
        <Waterfall
          title="Until everything is as it was"
          phases={phases.slice(split)}
          start={effective.at}
          view={view}
        />
      )}
      <Outages input={input} view={view} />
    </Section>
  );
}

function Waterfall({
  title,
  phases,
  start,
  limit,
  view,
}: {
  title: string;
  phases: Phase[];
  start: number;
  limit?: number | undefined;
  view: View;
}) {
  const end = Math.max(...phases.map((p) => Math.max(p.at, p.from + (p.predicted?.max ?? 0))));
  const total = phases.at(-1)!.at - start;
  const shown = limit !== undefined && start + limit < start + (end - start) * 3 ? start + limit : undefined;
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
          <th scope="row">{phases.at(-1)!.name === 'served' ? 'recovery time' : 'in all'}</th>
          <td class="wide">
            <span class="falls">
              <span class="sum" style={place(scale, start, phases.at(-1)!.at)} />
              {shown !== undefined && (
                <span
                  class="limit-rule"
                  style={place(scale, shown, shown)}
                  data-label={`limit ${formatDuration(limit!)}`}
                />
              )}
            </span>
          </td>
          <td class="number">{formatDuration(total)}</td>
          <td colSpan={2} class="sub">
            from the moment the fault took effect
          </td>
        </tr>
      </tfoot>
    </table>
  );
}

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
        <span class="sub">{definitions[p.name]}</span>
      </th>
      <td class="wide">
        <span class="falls">
          <span class={`fall ${p.fit === 'late' ? 'late' : ''}`} style={place(scale, p.from, p.at)} />
          {p.predicted && (
            <span
              class="bracket"
              style={place(scale, p.from + p.predicted.min, p.from + p.predicted.max)}
              title={p.predicted.rule}
            />
          )}
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

function Outages({ input, view }: { input: ReportInput; view: View }) {
  const { outages, recording } = input.analysis;
  // Without probes nobody looked: then silence is no good news.
  if (recording.probes.length === 0) return null;
  return outages.length === 0 ? (
    <p class="empty">No shard stopped acknowledging writes.</p>
  ) : (
    <table class="plain">
      <caption>Writes not acknowledged, as the probes saw it</caption>
      <thead>
        <tr>
          <th>Shard</th>
          <th class="number">From</th>
          <th class="number">To</th>
          <th class="number">Length</th>
          <th>Answers meanwhile</th>
        </tr>
      </thead>
      <tbody>
        {outages.map((o) => (
          <tr key={`${o.shard} ${o.from}`}>
            <td>{o.shard}</td>
            <td class="number">
              <Moment at={o.from} view={view} />
            </td>
            <td class="number">{o.to === undefined ? 'not ended' : <Moment at={o.to} view={view} />}</td>
            <td class="number">{formatDuration((o.to ?? recording.clock.end) - o.from)}</td>
            <td>
              {Object.entries(o.answers)
                .sort((a, b) => b[1] - a[1])
                .map(([text, n]) => `${n} × ${text}`)
                .join(', ') || 'none'}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
