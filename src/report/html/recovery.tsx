/** Every disturbance of the run and the recovery from it, then what was out of service meanwhile. */
import { traitsOf } from '../../assertions/registry.js';
import { formatDuration } from '../../core/units.js';
import type { Incident } from '../../timeline/types.js';
import { roundRows, worthTelling } from '../rounds.js';
import type { ReportInput } from '../types.js';
import { Moment, Section } from './parts.js';
import type { View } from './view.js';
import { Waterfall } from './waterfall.js';

export function Recovery({ input, view }: { input: ReportInput; view: View }) {
  const { analysis, result } = input;
  const incidents = analysis.incidents ?? [];
  const limit = result.findings.find((f) => traitsOf(f.objective).endsWithService)?.limit.limit;
  const note =
    'Bars are measured, brackets are what the server’s own rules predict. Each phase begins where the one before ends.';
  return (
    <Section id="recovery" title="Recovery" note={incidents.length > 0 ? note : undefined}>
      {incidents.length === 0 && (
        <p class="empty">
          {analysis.recording.faults.length > 0
            ? 'No fault had a proven effect, so there is no recovery to measure.'
            : 'Nothing was disturbed, so there was nothing to recover from.'}
        </p>
      )}
      {incidents.map((incident) => (
        <Phases key={incident.at} incident={incident} limit={limit} named={incidents.length > 1} view={view} />
      ))}
      <Outages input={input} view={view} />
    </Section>
  );
}

interface Part {
  incident: Incident;
  limit: number | undefined;
  /** With several incidents each table says whose recovery it shows. */
  named: boolean;
  view: View;
}

/** Service first, at its own scale: what comes after it can take ten times as long and would squash it. */
function Phases({ incident, limit, named, view }: Part) {
  const { phases, at, fault, episode } = incident;
  const of = named ? ` after ${fault}` : '';
  if (phases.length === 0) return <p class="empty">No phase of a recovery{of} was seen.</p>;
  const served = phases.findIndex((p) => p.name === 'served');
  const split = served < 0 ? phases.length : served + 1;
  const first =
    served >= 0
      ? incident.lostAgain === undefined
        ? 'Until service is back'
        : 'Until service was back, before it was lost for good'
      : episode
        ? 'Towards service, which did not come back'
        : 'Service was not interrupted';
  const never = episode !== undefined && (served < 0 || incident.lostAgain !== undefined);
  // Of a node that was only suspected, and never came back, this is not all.
  const whole = ['redundant', 'normal'].includes(phases.at(-1)!.name) ? 'in all' : 'got as far as this in';
  return (
    <>
      <Waterfall
        title={`${first}${of}`}
        total={
          never
            ? served >= 0
              ? 'back for a while, after'
              : 'not back; got as far as this in'
            : served >= 0
              ? 'recovery time'
              : whole
        }
        phases={phases.slice(0, split)}
        start={at}
        limit={served >= 0 ? limit : undefined}
        predicted={served >= 0 && !never ? incident.predictedRecovery : undefined}
        view={view}
      />
      {split < phases.length && (
        <Waterfall
          title={`Until everything is as it was${of}`}
          total={never ? 'so far, service was not back for good' : whole}
          phases={phases.slice(split)}
          start={at}
          view={view}
        />
      )}
      {worthTelling(incident.rounds) && <Rounds incident={incident} of={of} />}
    </>
  );
}

function Rounds({ incident, of }: { incident: Incident; of: string }) {
  const rule = incident.rounds?.find(({ predicted }) => predicted)?.predicted?.rule;
  return (
    <table class="plain">
      <caption>
        Elections{of}, round by round, from the moment the fault took effect
        {rule !== undefined && ` (who lost stands again ${rule})`}
      </caption>
      <thead>
        <tr>
          <th class="number">Round</th>
          <th>Held</th>
          <th>Elected</th>
          <th>Lost</th>
          <th>Predicted</th>
        </tr>
      </thead>
      <tbody>
        {roundRows(incident).map(({ round, when, elected, lost, predicted }) => (
          <tr key={round}>
            <td class="number">{round}</td>
            <td>{when}</td>
            <td>{elected}</td>
            <td>{lost || 'none'}</td>
            <td>{predicted}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const LISTED = 40;

function Outages({ input, view }: { input: ReportInput; view: View }) {
  const { outages, recording } = input.analysis;
  // Without probes nobody looked: then silence is no good news.
  if (recording.probes.length === 0) return null;
  return outages.length === 0 ? (
    <p class="empty">No shard stopped acknowledging writes.</p>
  ) : (
    <table class="plain">
      <caption>
        Writes not acknowledged, as the probes saw it
        {outages.length > LISTED && ` (the first ${LISTED} of ${outages.length}; result.json has them all)`}
      </caption>
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
        {outages.slice(0, LISTED).map((o) => (
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
