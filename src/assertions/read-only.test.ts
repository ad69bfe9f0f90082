/** Drills of deployments that nobody writes to: what each objective means then, and that nothing passes for want of writes. */
import { describe, expect, it } from 'vitest';
import type { Recording } from '../recording/recording.js';
import { newFound, newOps, newProbes, OpKind, Status } from '../recording/tables.js';
import { layout, stories } from '../recording/testing/story.js';
import { syntheticRecording } from '../recording/testing/synthetic.js';
import { analyse } from '../timeline/analyse.js';
import type { ObjectiveName } from './index.js';
import { judge } from './judge.js';
import { parseObjective } from './parse.js';
import type { Finding } from './types.js';

/** The crash of a primary, with nothing but reads. */
function readOnly(): Recording {
  const base = syntheticRecording({ ops: 3000 });
  const ops = newOps();
  for (let i = 0; i < base.ops.length; i++) {
    const row = Object.fromEntries(Object.keys(base.ops.shape).map((c) => [c, base.ops.at(i, c as 'seq')])) as never;
    ops.set(ops.push(row), 'kind', OpKind.read);
  }
  const probes = newProbes();
  for (let i = 0; i < base.probes.length; i++)
    if (base.probes.at(i, 'kind') === OpKind.read)
      probes.push(
        Object.fromEntries(Object.keys(base.probes.shape).map((c) => [c, base.probes.at(i, c as 'sent')])) as never,
      );
  const workload = { ...base.workload, kind: 'read' as const, probes: 'read' as const };
  return { ...base, ops, probes, found: newFound(), workload };
}

function finding(recording: Recording, name: ObjectiveName, limit: string): Finding {
  const judged = { ...recording, objectives: [{ ...parseObjective(name, limit), optional: false }] };
  return judge(analyse(judged))[0]!;
}

const back = stories.segfault.served!;

describe('a drill in which nobody writes', () => {
  it('tells how long nobody could read', () => {
    const { verdict, measured, text } = finding(readOnly(), 'recovery_time', '< 4s');
    expect(verdict).toBe('pass');
    expect(Math.abs(Number(measured.value) - back)).toBeLessThan(50);
    expect(text).toMatch(/of reads: nobody wrote/);
  });

  it('fails where the new primary answers at once and has lost the value', () => {
    const recording = readOnly();
    recording.errorTexts = [...recording.errorTexts, 'the value is gone'];
    const { probes } = recording;
    for (let i = 0; i < probes.length; i++)
      if (
        probes.at(i, 'shard') === 1 &&
        probes.at(i, 'sent') > layout.effective &&
        probes.at(i, 'status') === Status.ok
      ) {
        probes.set(i, 'status', Status.fail);
        probes.set(i, 'error', recording.errorTexts.length);
      }
    const { verdict, text } = finding(recording, 'recovery_time', '< 1m');
    expect(verdict).toBe('fail');
    expect(text).toMatch(/answers no read any more/);
  });

  it('says of losses that there was nothing to lose, and judges the data set', () => {
    for (const name of ['lost_acknowledged_writes', 'rpo_seconds'] as const) {
      const { verdict, text } = finding(readOnly(), name, name === 'rpo_seconds' ? '< 1s' : '== 0');
      expect([name, verdict]).toEqual([name, 'inconclusive']);
      expect(text).toMatch(/nobody wrote in this drill/);
    }
    expect(finding(readOnly(), 'data_intact', 'true').verdict).toBe('pass');
    const recording = readOnly();
    recording.final!.canaries.missing = ['{0}:canary:string'];
    expect(finding(recording, 'data_intact', 'true').verdict).toBe('fail');
  });

  it('knows how available reads were, and not without probes that read', () => {
    expect(finding(readOnly(), 'availability', '>= 75%').verdict).toBe('pass');
    const { verdict } = finding({ ...readOnly(), probes: newProbes() }, 'availability', '>= 75%');
    expect(verdict).toBe('inconclusive');
  });
});
