import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Course } from './course.js';

describe('a value that changes at known moments', () => {
  it('is what was pushed last at or before the moment asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(30), fc.nat(3))), fc.nat(32), (pushes, t) => {
        const ordered = pushes.sort((a, b) => a[0] - b[0]);
        const steps = new Course(0);
        for (const [at, value] of ordered) steps.push(at, value);
        expect(steps.at(t)).toBe(ordered.filter(([at]) => at <= t).at(-1)?.[1] ?? 0);
        expect(steps.list.every((s, i) => s.value !== (i === 0 ? 0 : steps.list[i - 1]!.value))).toBe(true);
        expect(steps.after(t)?.t ?? 99).toBeGreaterThan(t);
      }),
    );
  });

  it('forgets a step that was taken back at the same moment', () => {
    const steps = new Course('a');
    steps.push(5, 'b');
    steps.push(5, 'a');
    expect(steps.list).toEqual([]);
  });
});
