import { describe, expect, it } from 'vitest';
import { ownershipOf } from './ownership.js';
import { redundancyAfter, thinStretches } from './redundancy.js';
import { drill } from './testing/drills.js';

const E = 8000;
const thinIn = (scenario: Parameters<typeof drill>[0]) => {
  const recording = drill(scenario);
  return thinStretches(recording, ownershipOf(recording));
};

describe('redundancy', () => {
  it('is lost from the crash until the node is back in sync', () => {
    const [thin, ...more] = thinIn('segfault');
    expect(more).toEqual([]);
    expect(thin!.from - E).toBeLessThanOrEqual(50);
    expect(Math.abs(thin!.to - E - 6000)).toBeLessThanOrEqual(52);
  });

  it('never comes back when the node does not', () => {
    expect(thinIn('never')).toMatchObject([{ to: Number.POSITIVE_INFINITY }]);
    expect(redundancyAfter(thinIn('never'), E, E, 22_000, 22_000)).toEqual({ lost: true });
  });

  it('is lost while a fault starves a replica, whose link status says nothing of it', () => {
    const recording = drill('segfault');
    const [crash] = recording.faults;
    const cut = { ...crash!, effective: { ...crash!.effective!, at: 6000 }, healedAt: 7000, starved: ['node-5'] };
    recording.faults.push(cut);
    const [first] = thinStretches(recording, ownershipOf(recording));
    expect(Math.abs(first!.from - 6000)).toBeLessThanOrEqual(52);
    expect(Math.abs(first!.to - 7000)).toBeLessThanOrEqual(52);
  });

  it('counts from service: before the fail-over an isolated primary still counts its replica', () => {
    const stretches = [
      { from: 100, to: 200 },
      { from: 3000, to: 5000 },
    ];
    expect(redundancyAfter(stretches, 50, 2900, 9000, 9000)).toEqual({ lost: true, back: 5000 });
    expect(redundancyAfter(stretches.slice(0, 1), 50, 2900, 9000, 9000)).toEqual({ lost: true, back: 2900 });
    expect(redundancyAfter(stretches, 50, 2900, 9000, 4900)).toEqual({ lost: true });
    expect(redundancyAfter([], 50, 2900, 9000, 9000)).toEqual({ lost: false });
  });
});
