/** What became of acknowledged writes. Unknown outcomes are counted apart: they are neither lost nor done. */
import { formatCount, formatDuration, plural } from '../../core/units.js';
import type { LostWrite } from '../../timeline/types.js';
import { profileWords } from '../format.js';
import { causes, losersOf } from '../story.js';
import type { ReportInput } from '../types.js';
import { Moment, Section } from './parts.js';
import type { View } from './view.js';

const SHOWN = 20;

export function DataSafety({ input, view }: { input: ReportInput; view: View }) {
  const { ledger: l, splitBrain } = input.analysis;
  if (!l.checked)
    return (
      <Section id="writes" title="Acknowledged writes">
        <p class="empty">Not checked: {l.why ?? 'no ledger was kept'}.</p>
      </Section>
    );
  const figures: [string, string, string][] = [
    [formatCount(l.lost), 'lost', `of ${plural(l.acknowledged, 'acknowledged write')}`],
    [
      l.lost > 0 ? formatDuration(l.rpoMs) : '0 s',
      'recovery point',
      'from the sending of the oldest lost write to the end of the loss',
    ],
    [formatCount(l.unknown), 'unknown outcome', `${formatCount(l.unknownDurable)} of them turned out durable`],
    [formatCount(l.duplicated), 'duplicated', 'present more than once'],
    [formatCount(l.failedButPresent), 'failed, but there', 'answered with an error, and found in the end'],
  ];
  return (
    <Section
      id="writes"
      title="Acknowledged writes"
      note="An acknowledged write that no longer exists when the drill is over is lost. An unknown outcome is never counted as lost nor as done."
    >
      <dl class="figures">
        {figures.map(([value, name, detail]) => (
          <div key={name} class={name === 'lost' && l.lost > 0 ? 'bad' : ''}>
            <dt>{name}</dt>
            <dd>{value}</dd>
            <dd class="sub">{detail}</dd>
          </div>
        ))}
      </dl>
      {l.lost > 0 && <Causes byCause={causes(l.byCause)} total={l.lost} />}
      {losersOf(l) !== '' && <p>Lost {losersOf(l)}.</p>}
      {l.losses.length > 0 && <Losses losses={l.losses} total={l.lost} view={view} />}
      {splitBrain.length > 0 && (
        <table class="plain">
          <caption>Probe writes acknowledged that the shard does not keep (split brain)</caption>
          <tbody>
            {splitBrain.map((b) => (
              <tr key={`${b.node} ${b.from}`}>
                <td>{b.node}</td>
                <td>shard {b.shard}</td>
                <td>
                  <Moment at={b.from} view={view} /> to <Moment at={b.to} view={view} />
                </td>
                <td class="number">{formatCount(b.count)} OK</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

const Causes = ({ byCause, total }: { byCause: [string, number][]; total: number }) => (
  <table class="plain causes">
    <caption>Why they were lost</caption>
    <tbody>
      {byCause.map(([cause, n]) => (
        <tr key={cause}>
          <td class="number">{formatCount(n)}</td>
          <th scope="row">{cause}</th>
          <td class="wide">
            <span class="bar fail">
              <span class="fill" style={{ width: `${Number(((n / total) * 100).toFixed(2))}%` }} />
            </span>
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

const Losses = ({ losses, total, view }: { losses: LostWrite[]; total: number; view: View }) => {
  const shown = losses.slice(0, SHOWN);
  return (
    <table class="plain">
      <caption>
        {shown.length < total
          ? `The oldest ${shown.length} of ${formatCount(total)}; result.json has ${losses.length < total ? `the oldest ${losses.length}` : 'all of them'}`
          : 'Every one of them'}
      </caption>
      <thead>
        <tr>
          <th class="number">Acknowledged</th>
          <th class="number">Age at the fault</th>
          <th>Node</th>
          <th class="number">Shard</th>
          <th class="number">Slot</th>
          <th>Key</th>
          <th>Element</th>
          <th>Client</th>
          <th>Cause</th>
        </tr>
      </thead>
      <tbody>
        {shown.map((w) => (
          <tr key={`${w.client}:${w.seq}`}>
            <td class="number">
              <Moment at={w.ackedAt} view={view} digits={3} />
            </td>
            <td class="number">{w.age < 0 ? `${formatDuration(-w.age)} before` : `${formatDuration(w.age)} after`}</td>
            <td>{w.node ?? 'not known'}</td>
            <td class="number">{w.shard}</td>
            <td class="number">{w.slot}</td>
            <td>
              <code>{w.key}</code>
            </td>
            <td>
              <code>{`${w.client}:${w.seq}`}</code>
            </td>
            <td>{w.profile ? profileWords[w.profile] : 'not known'}</td>
            <td>{w.cause}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};
