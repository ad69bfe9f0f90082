import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatCount,
  formatDuration,
  formatPercent,
  formatSize,
  parseBandwidth,
  parseDuration,
  parsePercent,
  parseRate,
  parseSize,
} from './units.js';

test.each([
  ['500ms', 500],
  ['1m30s', 90_000],
  ['1.5s', 1500],
  ['2h', 7_200_000],
  ['250us', 0.25],
])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

test.each(['', '5 s', '5x', 's', '5s!', '-5s', '1s 5', '5S'])('"%s" is not a duration', (text) =>
  expect(() => parseDuration(text)).toThrow('is not a duration'),
);

test.each([
  ['1kb/s', 1024],
  ['8kbit/s', 1000],
  ['1.5mbit/s', 187_500],
  ['2mb/s', 2_097_152],
])('%s is %d bytes per second', (text, bytes) => expect(parseBandwidth(text)).toBe(bytes));

test.each(['0mb/s', '1mb', '1mb/m', 'fast'])('"%s" is not a bandwidth', (text) =>
  expect(() => parseBandwidth(text)).toThrow('is not a bandwidth'),
);

// k6 reads 5 as milliseconds, Artillery as seconds.
test('a bare number is refused with both readings', () => {
  expect(() => parseDuration('5')).toThrow('"5" has no unit; write 5s or 5ms');
  expect(() => parseSize('64')).toThrow('"64" has no unit; write 64mb or 64kb');
  expect(() => parseRate('500')).toThrow('"500" has no unit; write 500/s or 500/m');
  expect(() => parseBandwidth('10')).toThrow('"10" has no unit; write 10mb/s or 10mbit/s');
});

test('sizes count in powers of 1024, rates per second, percentages as shares', () => {
  expect(parseSize('64mb')).toBe(64 * 2 ** 20);
  expect(parseRate('600/m')).toBe(10);
  expect(parsePercent('99.9%')).toBeCloseTo(0.999, 12);
  expect(() => parsePercent('101%')).toThrow('more than 100%');
});

test('parts of a duration add up, whatever their order of size', () => {
  const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
  const part = fc.tuple(fc.nat(40), fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[])));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
      const sum = parts.reduce((total, [n, unit]) => total + n * units[unit], 0);
      expect(parseDuration(parts.map(([n, unit]) => `${n}${unit}`).join(''))).toBe(sum);
    }),
  );
});

test('what is shown keeps the size of what was measured', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 59_000, noNaN: true }), (ms) => {
      const [number, unit] = formatDuration(ms).split(' ');
      const back = Number(number) * (unit === 's' ? 1000 : 1);
      expect(Math.abs(back - ms)).toBeLessThanOrEqual(Math.max(0.005, ms * 0.06));
    }),
  );
  expect(formatDuration(90_500)).toBe('1 min 30.5 s');
  expect(formatSize(1536)).toBe('1.5 KB');
  expect(formatPercent(0.9995)).toBe('99.95 %');
  expect(formatCount(1234567)).toBe('1 234 567');
});

test.each([
  [parseDuration, '169h'],
  [parseDuration, `${'9'.repeat(400)}s`],
  [parseDuration, 'Infinitys'],
  [parseDuration, '1e9s'],
  [parseSize, '999999999gb'],
  [parseSize, `${'1'.repeat(400)}b`],
  [parseRate, '0/s'],
  [parseRate, '999999999/s'],
  [parseBandwidth, '0mbit/s'],
  [parseBandwidth, `${'1'.repeat(400)}gbit/s`],
  [parsePercent, '100.1%'],
  [parsePercent, `0.${'0'.repeat(400)}1%`],
])('%o refuses %s in a few words', (parse, text) => {
  let message = '';
  try {
    parse(text);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).not.toBe('');
  expect(message.length).toBeLessThan(120);
});
