import { describe, expect, it } from 'vitest';
import { OpKind, Status } from '../tables.js';
import { stories, syntheticRecording } from './synthetic.js';

describe('syntheticRecording', () => {
  it('is the same for the same options and differs for another seed', () => {
    const bytes = (seed: string) => Buffer.concat(syntheticRecording({ ops: 300, seed }).ops.bytes());
    expect(bytes('a').equals(bytes('a'))).toBe(true);
    expect(bytes('a').equals(bytes('b'))).toBe(false);
  });

  it('makes as many operations as asked for, in schedule order', () => {
    const { ops } = syntheticRecording({ ops: 1234 });
    expect(ops.length).toBe(1234);
    const intended = ops.column('intended');
    expect(intended.every((t, i) => i === 0 || t >= intended[i - 1]!)).toBe(true);
  });

  it.each(Object.keys(stories) as (keyof typeof stories)[])(
    '%s loses acknowledged writes where its story says so',
    (scenario) => {
      const { ops, found } = syntheticRecording({ scenario });
      const there = new Set<string>();
      for (let i = 0; i < found.length; i++) there.add(`${found.at(i, 'client')}/${found.at(i, 'seq')}`);
      let lost = 0;
      for (let i = 0; i < ops.length; i++)
        if (ops.at(i, 'kind') === OpKind.write && ops.at(i, 'status') === Status.ok)
          if (!there.has(`${ops.at(i, 'client')}/${ops.at(i, 'seq')}`)) lost++;
      if (scenario === 'replica') expect(lost).toBe(0);
      else if (scenario === 'minority') expect(lost).toBeGreaterThan(50);
      else expect(lost).toBe(3);
    },
  );
});
