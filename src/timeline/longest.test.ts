import { expect, it } from 'vitest';
import { analyse } from './analyse.js';
import { longestRecovery, recoveryOf } from './longest.js';
import { drill, probesWith, quiet } from './testing/drills.js';

const E = 8000;
const fault = (id: string, at: number) => ({
  ...drill('segfault').faults[0]!,
  id,
  requestedAt: at - 10,
  effective: { at, uncertainty: 5, text: 'it bit' },
});
const twice = (first: number, second: number) =>
  analyse(
    quiet({
      faults: [fault('a', E), fault('b', E + 6000)],
      probes: probesWith((t) => (t >= E && t < E + first) || (t >= E + 6000 && t < E + 6000 + second)),
    }),
  );

it('the phases told are those of the recovery that counts', () => {
  const { phases, incidents } = twice(1000, 3000);
  expect(incidents!.map(recoveryOf)).toEqual([1001, 3001]);
  expect(longestRecovery(incidents!)!.fault).toBe('b');
  expect(phases.find(({ name }) => name === 'served')!.at).toBe(E + 9001);
  expect(twice(3000, 1000).phases[0]!.at).toBe(E + 3001);
});

it('never is longer than any time, and a recovery that did not last is never', () => {
  const { incidents, phases } = twice(1000, 99_000);
  expect(incidents!.map(recoveryOf)).toEqual([1001, 'never']);
  expect(phases.some(({ name }) => name === 'served')).toBe(false);
  const probes = probesWith((t) => (t >= E && t < E + 1000) || t >= E + 4000);
  const [relapse] = analyse(quiet({ faults: [fault('a', E)], probes })).incidents!;
  expect(relapse).toMatchObject({ episode: { to: E + 1001 }, lostAgain: E + 3995 });
  expect(recoveryOf(relapse!)).toBe('never');
});

it('a recovery that was not needed has no length', () => {
  expect(recoveryOf(analyse(drill('replica')).incidents![0]!)).toBeUndefined();
});
