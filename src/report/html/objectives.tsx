/** Objectives, failing first, each with a bar that shows how much of its budget was used. */
import type { Finding, RunVerdict } from '../../assertions/types.js';
import { formatLimit, formatMeasured, formatUncertainty, humanName } from '../format.js';
import { margin } from '../margin.js';
import { byUrgency } from '../sentence.js';
import { toldOnce } from '../story.js';
import type { ReportInput } from '../types.js';
import { Mark, Section } from './parts.js';

export function Objectives({ result }: ReportInput) {
  const findings = byUrgency(result.findings);
  const notes = toldOnce(findings, ({ measured }) => (measured.value === null ? measured.why : (measured.note ?? '')));
  return (
    <Section id="objectives" title="Objectives" note="How much of each budget was used; the tick is the limit.">
      {findings.length === 0 ? (
        <p class="empty">The scenario states no objective.</p>
      ) : (
        <table class="objectives">
          <thead>
            <tr>
              <th>Verdict</th>
              <th>Objective</th>
              <th class="number">Measured</th>
              <th>Budget used</th>
              <th>Limit</th>
            </tr>
          </thead>
          <tbody>
            {findings.map((f, i) => (
              <Row
                key={`${f.objective} ${f.limit.text}`}
                finding={f}
                verdict={result.verdict === 'skipped' ? 'skipped' : f.verdict}
                note={notes[i]}
              />
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function Row({ finding: f, verdict, note }: { finding: Finding; verdict: RunVerdict; note: string | undefined }) {
  const { measured, limit } = f;
  const unsure = typeof measured.value === 'number' && 'uncertainty' in measured ? measured.uncertainty : undefined;
  return (
    <tr class={verdict}>
      <td>
        <Mark of={verdict} />
        {limit.optional && <span class="tag">optional</span>}
      </td>
      <th scope="row">
        {humanName(f.objective)}
        <span class="sub">{f.summary}</span>
        {note && <span class="sub remark">{note}</span>}
      </th>
      <td class="number measured">
        {formatMeasured(measured, f.unit)}
        {unsure !== undefined && unsure > 0 && f.unit === 'duration' && (
          <span class="sub">{formatUncertainty(unsure)}</span>
        )}
      </td>
      <td>
        <Bar finding={f} />
      </td>
      <td class="limit">
        {formatLimit(f)}
        {limit.position && (
          <span class="sub">
            <code>{`${limit.position.file}:${limit.position.line}`}</code>
          </span>
        )}
      </td>
    </tr>
  );
}

/** The track is the budget. Past it, the track shrinks and the tick stays where the budget ended. */
function Bar({ finding }: { finding: Finding }) {
  const { used, text } = margin(finding);
  if (finding.measured.value === null) return null;
  if (used === undefined) return <span class="margin">{text}</span>;
  const endless = !Number.isFinite(used);
  const capped = endless ? 20 : Math.min(used, 20);
  const scale = endless ? capped : Math.max(1, capped * 1.04);
  const percent = (share: number): string => `${Number(((share / scale) * 100).toFixed(2))}%`;
  return (
    <>
      <span class={`bar ${finding.verdict}${endless ? ' endless' : ''}`} role="img" aria-label={text}>
        <span class="fill" style={{ width: percent(capped) }} />
        <span class="tick" style={{ left: percent(1) }} />
      </span>
      <span class="margin">{text}</span>
    </>
  );
}
