import { expect, it } from 'vitest';
import { BY_US } from '../topology/connection.js';
import { Hearing } from './hearing.js';

/** Answers every 10 ms until 100. */
function heard(): Hearing {
  const hearing = new Hearing();
  for (let sent = 10; sent <= 100; sent += 10) hearing.answered(sent, sent + 1);
  return hearing;
}

it('a silence begins with the first probe that got no answer, or with the end of the connection', () => {
  expect(heard().silence()).toBeUndefined();
  const hung = heard();
  hung.missed(120);
  hung.missed(110);
  hung.closed(360, BY_US);
  expect(hung.silence()).toEqual({ lastAnswer: 101, firstSilence: 110, how: 'no reply' });
  const died = heard();
  died.closed(105, 'connection closed');
  died.missed(110);
  expect(died.silence()).toEqual({ lastAnswer: 101, firstSilence: 105, how: 'connection closed' });
});

it('what was only slow leaves no silence behind', () => {
  const slow = heard();
  slow.missed(110);
  slow.closed(360, BY_US);
  slow.answered(370, 380);
  expect([slow.silence(), slow.past]).toEqual([undefined, undefined]);
});

it.each([
  ['was slow to end', [BY_US, 'connection closed', 'ECONNREFUSED']],
  ['is slow to answer again', ['connection closed', 'ECONNREFUSED', BY_US]],
  ['answers at once', ['connection closed']],
])('a process that ended is remembered when another one answers, also if it %s', (_, ends) => {
  const hearing = heard();
  hearing.missed(110);
  for (const [i, why] of ends.entries()) hearing.closed(120 + 250 * i, why);
  hearing.answered(1000, 1001);
  expect(hearing.silence()).toBeUndefined();
  expect(hearing.past).toEqual({ lastAnswer: 101, firstSilence: 110, how: 'no reply' });
  // What comes later is another story.
  hearing.missed(1100);
  hearing.closed(1350, BY_US);
  hearing.answered(1400, 1401);
  expect(hearing.past?.firstSilence).toBe(110);
});

it('a late answer to a probe of before ends nothing', () => {
  const hearing = heard();
  hearing.missed(110);
  hearing.answered(109, 115);
  expect(hearing.silence()).toEqual({ lastAnswer: 109, firstSilence: 110, how: 'no reply' });
});
