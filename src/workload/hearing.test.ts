import { expect, it } from 'vitest';
import { BY_US } from '../server/connection.js';
import { Hearing } from './hearing.js';

/** Answers every 10 ms until 100. */
function heard(): Hearing {
  const hearing = new Hearing(10);
  for (let sent = 10; sent <= 100; sent += 10) hearing.answered(sent, sent + 1);
  return hearing;
}

it('a silence begins with the first probe that got no answer, or with the end of the connection', () => {
  expect(heard().silence()).toBeUndefined();
  const hung = heard();
  hung.missed(120);
  hung.missed(110);
  hung.closed(360, BY_US);
  expect(hung.silence()).toEqual({ lastAnswer: 101, firstSilence: 110, how: 'no reply', ended: false });
  const died = heard();
  died.closed(105, 'connection closed');
  died.missed(110);
  expect(died.silence()).toEqual({ lastAnswer: 101, firstSilence: 105, how: 'connection closed', ended: true });
});

it('an answer that was late by no more than a hiccup was no silence; a longer one is remembered, though it is over', () => {
  const slow = heard();
  slow.missed(110);
  slow.answered(150, 160);
  expect([slow.silence(), slow.since(100, 0)]).toEqual([undefined, undefined]);
  slow.missed(200);
  slow.closed(450, BY_US);
  slow.answered(460, 470);
  expect([slow.silence(), slow.since(100, 0)]).toMatchObject([undefined, { firstSilence: 200, until: 470 }]);
  expect(slow.since(300, 50)).toBeUndefined();
});

it('of a server that is too busy to answer while it loads, the first silence is its end', () => {
  const loading = heard();
  loading.closed(105, 'connection closed');
  loading.closed(120, 'ECONNREFUSED');
  loading.answered(500, 501);
  loading.missed(20_000);
  loading.closed(20_250, BY_US);
  loading.answered(20_400, 20_401);
  loading.missed(28_000);
  expect(loading.since(95, 250)).toMatchObject({ firstSilence: 105, how: 'connection closed', ended: true });
  expect(loading.since(10_000, 250)).toMatchObject({ firstSilence: 20_000 });
});

it('who has been silent for longer than a probe waits did not fall silent now', () => {
  const mute = heard();
  mute.missed(110);
  expect(mute.since(300, 250)).toMatchObject({ firstSilence: 110 });
  expect(mute.since(500, 250)).toBeUndefined();
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
  expect(hearing.since(105, 0)).toEqual({
    lastAnswer: 101,
    firstSilence: 110,
    how: 'no reply',
    until: 1001,
    ended: true,
  });
});

it('a late answer to a probe of before ends nothing', () => {
  const hearing = heard();
  hearing.missed(110);
  hearing.answered(109, 115);
  expect(hearing.silence()).toMatchObject({ lastAnswer: 109, firstSilence: 110, how: 'no reply' });
});
