import { describe, expect, it } from 'vitest';
import { isOurs } from './slow-work.js';

const PATTERN = '*redrill*:*9*9*9*9*9*9*9*none';

describe('a line of the slow log', () => {
  it.each([
    ['keys', ['KEYS', PATTERN]],
    ['keys', ['keys', PATTERN]],
    ['sort', ['SORT', '{x}:redrill:slow-sort:0', 'LIMIT', '0', '1']],
    ['sleep', ['DEBUG', 'SLEEP', '0.05']],
    ['lua', ['EVAL', 'local x = 0 for i = 1, tonumber(ARGV[1]) do x = x + i % 7 end return 0', '0']],
  ] as const)('is ours: %s %j', (work, words) => {
    expect(isOurs(words, work)).toBe(true);
  });

  it.each([
    // A stall of the machine makes anything slow, also what our own probes send.
    ['keys', ['SET', '{x}:redrill:probe:1', '17']],
    ['keys', ['DEL', '{x}:redrill:slow-keys:1']],
    ['keys', ['KEYS', 'user:*']],
    ['sort', ['RPUSH', '{x}:redrill:slow-sort:0', '1']],
    ['sleep', ['DEBUG', 'JMAP']],
    ['lua', ['EVAL', 'return 1', '0']],
    ['keys', []],
  ] as const)('is not: %s %j', (work, words) => {
    expect(isOurs(words, work)).toBe(false);
  });
});
