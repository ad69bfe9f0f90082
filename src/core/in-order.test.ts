import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inOrder } from './in-order.js';

test('begins in order, never has more than the limit at work, and returns results in the order of the items', async () => {
  const begun: number[] = [];
  let working = 0;
  let most = 0;
  const results = await inOrder([5, 1, 4, 2, 3], 2, async (item) => {
    begun.push(item);
    most = Math.max(most, ++working);
    for (let i = 0; i < item; i++) await turn();
    working--;
    return item * 10;
  });
  expect(begun).toEqual([5, 1, 4, 2, 3]);
  expect(results).toEqual([50, 10, 40, 20, 30]);
  expect(most).toBe(2);
});

test('an error begins nothing new and is thrown only when what runs has ended', async () => {
  let ended = false;
  const begun: number[] = [];
  const work = inOrder([1, 2, 3, 4], 2, async (item) => {
    begun.push(item);
    if (item === 1) throw new Error('broken');
    for (let i = 0; i < 5; i++) await turn();
    ended = true;
  });
  await expect(work).rejects.toThrow('broken');
  expect(ended).toBe(true);
  expect(begun).toEqual([1, 2]);
});
