import { expect, test } from 'vitest';
import { startClock } from '../core/clock.js';
import { isServers, parseLogLine, printedAt, withoutStamp } from './log-lines.js';

test("a server's own stamp is read as UTC to the millisecond, with what stands beside it", () => {
  expect(parseLogLine('1:M 22 Nov 2026 10:50:00.123 * Ready to accept connections')).toEqual({
    pid: 1,
    role: 'M',
    wall: Date.UTC(2026, 10, 22, 10, 50, 0, 123),
    level: '*',
    text: 'Ready to accept connections',
  });
  expect(parseLogLine('28:X 01 Jan 2027 00:00:00.007 # +switch-master a b 1 c 2')).toMatchObject({
    role: 'X',
    wall: Date.UTC(2027, 0, 1, 0, 0, 0, 7),
    level: '#',
  });
});

test('lines of a crash report have none, and are what they say', () => {
  for (const line of ['=== REDIS BUG REPORT START: Cut & paste starting from here ===', '', 'no prefix: 1']) {
    expect(parseLogLine(line)).toBeUndefined();
    expect(withoutStamp(line)).toBe(line);
    expect(isServers(line)).toBe(false);
  }
});

test('what Redis 3 printed, without a year, says something, but not when', () => {
  const line = '22:M 07 Sep 11:25:45.386 # Cluster state changed: ok';
  expect(withoutStamp(line)).toBe('Cluster state changed: ok');
  expect(parseLogLine(line)?.wall).toBeUndefined();
});

test('the line of a node whose clock was moved is dated by the machine, one from before by its own stamp', () => {
  const clock = startClock();
  const stamped = Date.UTC(2026, 10, 22, 10, 50, 0, 123);
  const line = { wall: stamped + 40, text: '1:M 22 Nov 2026 10:50:00.123 * Ready to accept connections' };
  const dated = (moved: number | undefined): number => clock.wall(printedAt(line, clock, { offset: 5, moved }));
  expect(dated(undefined)).toBeCloseTo(stamped + 5, 3);
  expect(dated(line.wall + 1)).toBeCloseTo(stamped + 5, 3);
  expect(dated(line.wall)).toBeCloseTo(line.wall + 5, 3);
});
