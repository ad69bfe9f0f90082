import { expect, test } from 'vitest';
import { dealSlots } from '../../deployment/slots.js';
import { nodesConf, type Seat } from '../../topology/config.js';
import { tornOff } from './wipe-config.js';

test.each([1, 2, 3, 7, 60])('a torn nodes.conf of %i nodes ends within a line that is too short to be one', (count) => {
  const seats = Array.from(
    { length: count },
    (_, i): Seat => ({
      name: `node-${i + 1}`,
      id: String(i).padStart(40, 'a'),
      ip: `10.0.0.${i + 1}`,
      port: 6379,
      shard: i + 1,
      role: 'primary',
    }),
  );
  const file = nodesConf(seats, dealSlots(count), seats[0]!);
  const torn = tornOff(file);
  expect(file.startsWith(torn)).toBe(true);
  const last = torn.split('\n').at(-1)!;
  expect(last).toHaveLength(20);
  // A server refuses a line of fewer than eight fields.
  expect(last).not.toContain(' ');
});
