import { expect, test } from 'vitest';
import { startClock } from '../core/clock.js';
import { momentOf, stampOf } from './logs.js';

test("a server's own timestamp is read as UTC to the millisecond", () => {
  expect(stampOf('1:M 22 Nov 2026 10:50:00.123 * Ready to accept connections')).toBe(
    Date.UTC(2026, 10, 22, 10, 50, 0, 123),
  );
  expect(stampOf('28:S 01 Jan 2027 00:00:00.007 # Failover election won')).toBe(Date.UTC(2027, 0, 1, 0, 0, 0, 7));
});

test('lines of a crash report have none', () => {
  expect(stampOf('=== REDIS BUG REPORT START: Cut & paste starting from here ===')).toBeUndefined();
  expect(stampOf('')).toBeUndefined();
});

test('the line of a node whose clock was moved is dated by the engine, one from before by its own stamp', () => {
  const clock = startClock();
  const stamped = Date.UTC(2026, 10, 22, 10, 50, 0, 123);
  const line = { wall: stamped + 40, text: '1:M 22 Nov 2026 10:50:00.123 * Ready to accept connections' };
  expect(clock.wall(momentOf(line, clock, 5))).toBeCloseTo(stamped + 5, 3);
  expect(clock.wall(momentOf(line, clock, 5, line.wall + 1))).toBeCloseTo(stamped + 5, 3);
  expect(clock.wall(momentOf(line, clock, 5, line.wall))).toBeCloseTo(line.wall + 5, 3);
});
