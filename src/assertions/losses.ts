/** What the ledger found. Only a workload of kind append that wrote to the affected shards just before the fault can tell. */
import type { Analysis } from '../timeline/types.js';
import type { Measured, Objective } from './types.js';
import { unmeasured } from './units.js';
import { hit, incidentsIn, noIncident, untouched, untried } from './watch.js';

/** A write this long before the fault had time to be replicated: it says nothing about the crash. */
const RECENT = 5000;
/** So many acknowledged writes must have gone to a shard in that time: one or two prove nothing. */
const FEW = 3;

function fromLedger(analysis: Analysis, value: (analysis: Analysis) => Measured): Measured {
  const { ledger } = analysis;
  const incidents = incidentsIn(analysis);
  if (incidents.length === 0) return unmeasured(noIncident(analysis));
  if (!ledger.checked) return unmeasured(ledger.why ?? 'the ledger was not checked');
  // A loss that was found is found, however little was looked at.
  if (ledger.lost === 0)
    for (const incident of incidents) {
      const [{ at }, shards] = [incident, hit(analysis, incident)];
      const why = untouched(analysis, shards, at - RECENT, at, FEW) ?? untried(analysis, shards, at);
      if (why) return unmeasured(why);
    }
  return value(analysis);
}

const causes = ({ ledger }: Analysis): { note?: string } => {
  const told = Object.entries(ledger.byCause).map(([cause, n]) => `${n} ${cause}`);
  return told.length > 0 ? { note: told.join(', ') } : {};
};

export const lost_acknowledged_writes: Objective = {
  summary: 'Writes that were acknowledged and no longer exist when the drill is over',
  unit: 'count',
  better: 'lower',
  handbook: ['5.1.1', '5.4'],
  traits: { phrase: { lost: 'acknowledged write' }, headline: 2 },
  measure: (analysis) => fromLedger(analysis, (a) => ({ value: a.ledger.lost, ...causes(a) })),
};

/** Where the oldest write is among the lost ones, more would have been lost if more had been there. */
const rpoOf = (analysis: Analysis): Measured => {
  const { rpoMs, rpoAtLeast } = analysis.ledger;
  return rpoAtLeast
    ? { value: rpoMs, atMost: null, note: 'nothing older was there to lose' }
    : { value: rpoMs, ...causes(analysis) };
};

export const rpo_seconds: Objective = {
  summary: 'Time from the sending of the oldest lost write to the fault, or to the last lost acknowledgement after it',
  unit: 'duration',
  better: 'lower',
  // It is a time, and comes with its unit.
  traits: { countsFromFault: true, bears: 'any stall', called: 'RPO' },
  measure: (analysis) => fromLedger(analysis, rpoOf),
};
