/** What nobody could have seen is no pass, and what the harness did itself is no failure of the servers. */
import { describe, expect, it } from 'vitest';
import type { Recording } from '../recording/recording.js';
import { newProbes } from '../recording/tables.js';
import { layout, stories, storyOf } from '../recording/testing/story.js';
import { syntheticRecording } from '../recording/testing/synthetic.js';
import { analyse } from '../timeline/analyse.js';
import type { ObjectiveName } from './index.js';
import { judge } from './judge.js';
import { parseObjective } from './parse.js';
import { withLifetimes, withReaders, withTalk } from './testing/beside.js';
import type { Finding } from './types.js';

const E = layout.effective;
const drill = (): Recording => syntheticRecording({ ops: 3000, story: storyOf({ ...stories.segfault, tailLost: 0 }) });

function finding(recording: Recording, name: ObjectiveName, limit: string): Finding {
  return judge(analyse({ ...recording, objectives: [{ ...parseObjective(name, limit), optional: false }] }))[0]!;
}

/** The same without what the probes wrote in this time. */
function unprobed(recording: Recording, from: number, to: number): Recording {
  const probes = newProbes();
  for (let i = 0; i < recording.probes.length; i++) {
    const sent = recording.probes.at(i, 'sent');
    if (sent >= from && sent < to) continue;
    probes.push(
      Object.fromEntries(
        Object.keys(recording.probes.shape).map((c) => [c, recording.probes.at(i, c as 'sent')]),
      ) as never,
    );
  }
  return { ...recording, probes };
}

describe('what nobody could have seen', () => {
  it('is no fresh replica where nothing was written that could be missing in its answers', () => {
    const recording = withReaders(drill(), 0);
    expect(finding(recording, 'replica_staleness', '< 1s').verdict).toBe('pass');
    const { verdict, text } = finding(unprobed(recording, E + 5000, 25_000), 'replica_staleness', '< 1s');
    expect([verdict, text]).toEqual(['inconclusive', expect.stringMatching(/was not probed for/)]);
    // What was seen to be old is old.
    const old = withReaders(drill(), 2000);
    expect(finding(unprobed(old, E + 5000, 25_000), 'replica_staleness', '< 1s').verdict).toBe('fail');
  });

  it('is no right expiry of keys that nobody answered for', () => {
    const recording = withLifetimes(drill());
    expect(finding(recording, 'wrong_expiries', '== 0').verdict).toBe('pass');
    const final = { ...recording.final!, unread: 7 };
    const { verdict, text } = finding({ ...recording, final }, 'wrong_expiries', '== 0');
    expect([verdict, text]).toEqual(['inconclusive', '7 keys could not be asked for']);
    const wrong = withLifetimes(drill(), -1);
    expect(finding({ ...wrong, final }, 'wrong_expiries', '== 0').verdict).toBe('fail');
  });
});

describe('a harness that stood still once', () => {
  it('may have made a subscriber deaf for as long, and no longer', () => {
    const recording = withTalk(drill(), 2000);
    const stood = (max: number): Recording => ({ ...recording, eventLoop: { p99: 2, max } });
    expect(finding(stood(50), 'subscriber_deafness', '< 1s').verdict).toBe('fail');
    expect(finding(stood(900), 'subscriber_deafness', '< 1s').verdict).toBe('fail');
    const { verdict, text } = finding(stood(1200), 'subscriber_deafness', '< 1s');
    expect([verdict, text]).toEqual(['inconclusive', expect.stringMatching(/late by 1.2 s once/)]);
  });
});
