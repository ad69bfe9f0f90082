/** How long until service, application and redundancy were back, from the moment the fault took effect. With several incidents the worst counts. */
import { formatDuration } from '../core/units.js';
import { serviceWords } from '../recording/service.js';
import { unended } from '../timeline/incidents.js';
import { measuringEnd } from '../timeline/measured.js';
import type { Analysis, Incident } from '../timeline/types.js';
import type { Measured, Objective } from './types.js';
import { never, unmeasured } from './units.js';
import { byReads, incidentsIn, noIncident, takenOver, unobserved, untouched, unwatched } from './watch.js';

type Measure = (analysis: Analysis, incident: Incident) => Measured;

/** Never is worse than any time, and not knowing one of them is not knowing the worst. */
export function worstOf(measure: Measure): (analysis: Analysis) => Measured {
  return (analysis) => {
    const incidents = incidentsIn(analysis);
    if (incidents.length === 0) return unmeasured(noIncident(analysis));
    const all = incidents.map((incident) => measure(analysis, incident));
    return (
      all.find((m) => m.value === 'never') ??
      all.find((m) => m.value === null) ??
      all.reduce((a, b) => (Number(b.value) > Number(a.value) ? b : a))
    );
  };
}

const uncertain = (incident: Incident, own: number): { uncertainty: number } => ({
  uncertainty: incident.uncertainty + own,
});

const lostForGood = ({ affectedShards: shards }: Incident, doesNot: string): string =>
  `${shards.length === 1 ? `shard ${shards[0]}` : 'some shard that it hit'} ${doesNot} any more`;

export const recovery_time: Objective = {
  summary:
    'From the moment the fault takes effect to the first acknowledged probe write (probes: read, the first answered read) on the last affected shard',
  unit: 'duration',
  better: 'lower',
  handbook: ['5.1.1', '7.2'],
  traits: {
    countsFromFault: true,
    endsWithService: true,
    waitsFor: 'notice',
    phrase: { back: 'service back', never: 'service never came back', atOnce: 'service never interrupted' },
    headline: 1,
  },
  measure: worstOf((analysis, incident) => {
    const why = unwatched(analysis, incident);
    if (why) return unmeasured(why);
    const { episode, at, until, moments } = incident;
    const reads = byReads(analysis);
    const taken = takenOver(analysis, incident);
    if (taken !== undefined)
      return {
        value: Math.max(0, taken - at),
        note: ['another node took over in less time than counts as an outage', ...reads].join(', '),
        ...uncertain(incident, analysis.recording.workload.probeEvery),
      };
    if (!episode) return { value: 0, note: ['service was never interrupted', ...reads].join(', ') };
    if (moments.served === undefined)
      return never(lostForGood(incident, serviceWords(analysis.recording.workload).doesNot));
    const relapse = unended(analysis.recording, analysis.outages, at, until);
    if (relapse)
      return never(
        `service came back after ${formatDuration(moments.served - at)}, but shard ${relapse.shard} was lost again and stayed lost`,
      );
    return {
      value: Math.max(0, moments.served - at),
      ...(reads.length > 0 && { note: reads.join() }),
      ...uncertain(incident, analysis.recording.workload.probeEvery),
    };
  }),
};

export const client_recovery_time: Objective = {
  summary: "From the moment the fault takes effect until the application's error rate is back in its band",
  unit: 'duration',
  better: 'lower',
  traits: { countsFromFault: true, phrase: { back: 'clients back', never: 'clients never recovered' } },
  measure: worstOf((analysis, incident) => {
    const { at, episode, moments, clientErrors, affectedShards } = incident;
    if (episode && episode.to === undefined) return never('service never came back');
    const end = Math.min(incident.until, measuringEnd(analysis.recording));
    const why = untouched(analysis, affectedShards, at - 5000, at) ?? untouched(analysis, affectedShards, at, end);
    if (why) return unmeasured(why);
    if (!clientErrors) {
      const missed =
        episode && untouched(analysis, [...new Set(interrupted(analysis, incident))], episode.from, episode.to ?? end);
      return missed ? unmeasured(missed) : { value: 0, note: 'no more operations failed than before the fault' };
    }
    if (moments.client === undefined) return never('clients still saw errors when the load ended');
    const phase = incident.phases.find((p) => p.name === 'client');
    return { value: moments.client - at, ...uncertain(incident, phase?.uncertainty ?? 0) };
  }),
};

const interrupted = ({ outages }: Analysis, { episode }: Incident): number[] =>
  outages
    .filter((o) => episode && o.from >= episode.from && o.from <= (episode.to ?? Number.POSITIVE_INFINITY))
    .map((o) => o.shard);

export const redundancy_restored: Objective = {
  summary: 'From the moment the fault takes effect until every primary has its replicas online and in sync again',
  unit: 'duration',
  better: 'lower',
  handbook: ['5.1.3'],
  traits: {
    countsFromFault: true,
    waitsFor: 'redundancy',
    phrase: { back: 'redundancy restored', never: 'redundancy never restored' },
  },
  measure: worstOf((analysis, incident) => {
    const { recording } = analysis;
    const { at, moments, episode, redundancyLost } = incident;
    if (recording.topology.replicasPerShard === 0) return unmeasured('the topology has no replicas');
    const blind = unobserved(
      analysis,
      at - 500,
      Math.min(incident.until, moments.redundant ?? Number.POSITIVE_INFINITY, measuringEnd(recording)),
    );
    if (blind) return unmeasured(blind);
    if (!redundancyLost)
      return episode && moments.served === undefined
        ? never('service never came back')
        : { value: 0, note: 'no shard was short of replicas' };
    if (moments.redundant === undefined) return never('a shard was still short of replicas when the run ended');
    return { value: moments.redundant - at, ...uncertain(incident, recording.workload.observeEvery / 2) };
  }),
};
