import { expect, it } from 'vitest';
import { disturbancesOf, outagesWithin } from './incidents.js';
import { measuringEnd } from './measured.js';
import { ownershipOf } from './ownership.js';
import { drill } from './testing/drills.js';
import type { Outage } from './types.js';

const E = 8000;
const outage = (shard: number, from: number, to: number): Outage => ({
  shard,
  from: E + from,
  to: E + to,
  answers: {},
});
const hiccup = outage(2, 50, 200);
const late = outage(1, 2400, 3400);

const episodeOf = (scenario: Parameters<typeof drill>[0], outages: Outage[]) => {
  const recording = drill(scenario);
  return disturbancesOf(recording, ownershipOf(recording), outages)[0]!.episode;
};

it('is as long as the first outages with no service between them', () => {
  expect(episodeOf('never', [hiccup, late])).toEqual({ from: hiccup.from, to: hiccup.to });
  expect(episodeOf('never', [hiccup, outage(1, 600, 900)])).toEqual({ from: hiccup.from, to: E + 900 });
});

it('is the outage that the failover ended, also when service went on until then but for a hiccup', () => {
  expect(episodeOf('segfault', [hiccup, late])).toEqual({ from: late.from, to: late.to });
  expect(episodeOf('segfault', [late])).toEqual({ from: late.from, to: late.to });
});

it('leaves out what was no longer than a hiccup where measuring ended, by the arrival of the last acknowledgement', () => {
  const recording = drill();
  const end = measuringEnd(recording);
  const crossing = (quiet: number): Outage => ({
    shard: 1,
    from: end - 120,
    quietFrom: end - quiet,
    to: end + 30,
    answers: {},
  });
  // Over a long way answers still come in while those of what was sent later are late.
  expect(outagesWithin(recording, [crossing(40), crossing(90)])).toEqual([crossing(90)]);
});
