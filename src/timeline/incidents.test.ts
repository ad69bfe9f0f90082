import { expect, it } from 'vitest';
import { disturbancesOf } from './incidents.js';
import { ownershipOf } from './majority.js';
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
