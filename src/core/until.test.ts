import { describe, expect, test } from 'vitest';
import { until, WaitTimeout, within } from './until.js';

describe('until', () => {
  test('returns the first value that satisfies', async () => {
    let n = 0;
    expect(
      await until(
        () => ++n,
        (v) => v === 3,
        { describe: 'three', within: 1000, every: 1 },
      ),
    ).toBe(3);
  });

  test('its error says what, how long, and the last value seen', async () => {
    const work = until(
      () => 4,
      (v) => v === 6,
      { describe: 'all nodes agree', within: 20, every: 5, show: (v) => `${v} of 6 nodes` },
    );
    await expect(work).rejects.toThrow(/^all nodes agree: not within 20 ms \(last: 4 of 6 nodes, \d+ polls\)$/);
    await expect(work).rejects.toBeInstanceOf(WaitTimeout);
  });

  test('its error says nothing of a value that has no words', async () => {
    const work = until<object>(
      () => ({ a: 1 }),
      () => false,
      { describe: 'it is so', within: 5, every: 5 },
    );
    await expect(work).rejects.toThrow(/^it is so: not within 5 ms \(\d+ polls\)$/);
    const list = until(
      () => ['a', 'b'],
      () => false,
      { describe: 'it is so', within: 5, every: 5 },
    );
    await expect(list).rejects.toThrow(/\(last: a, b, \d+ polls\)$/);
  });

  test('a poll that throws is "not yet", and its message is the last thing seen', async () => {
    let n = 0;
    const poll = (): number => {
      if (++n < 3) throw new Error('refused');
      return n;
    };
    expect(await until(poll, () => true, { describe: 'x', within: 1000, every: 1 })).toBe(3);
    const never = (): number => {
      throw new Error('refused');
    };
    await expect(until(never, () => true, { describe: 'x', within: 10, every: 2 })).rejects.toThrow('last: refused');
  });

  test('an abort ends the wait with its reason, not with a time-out', async () => {
    const abort = new AbortController();
    const work = until(
      () => 0,
      (v) => v > 0,
      { describe: 'x', within: 60_000, every: 5, signal: abort.signal },
    );
    abort.abort(new Error('stopped'));
    await expect(work).rejects.not.toBeInstanceOf(WaitTimeout);
  });
});

test('within gives a promise a budget', async () => {
  expect(await within(Promise.resolve(1), 1000, 'x')).toBe(1);
  await expect(within(new Promise(() => undefined), 5, 'the engine answers')).rejects.toThrow(
    'the engine answers: not within 5 ms',
  );
});
