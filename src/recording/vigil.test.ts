import { expect, it } from 'vitest';
import { hiccup, Vigil } from './vigil.js';

/** Probes every 10 ms from 0 on, acknowledged a millisecond later until `last`. */
function watching(last: number, until: number): Vigil {
  const vigil = new Vigil(10);
  for (let t = 0; t <= until; t += 10) {
    vigil.sent(t);
    if (t <= last) vigil.acknowledged(t + 1);
  }
  return vigil;
}

it('a shard is lost when probes have watched in vain for longer than a hiccup, and not before', () => {
  expect(hiccup(10)).toBe(60);
  expect(watching(1000, 1060).lost(1061)).toBe(false);
  expect(watching(1000, 1060).lost(1062)).toBe(true);
});

it('is back with the first acknowledgement', () => {
  const vigil = watching(1000, 1200);
  expect(vigil.lost(1200)).toBe(true);
  vigil.acknowledged(1201);
  expect([vigil.lost(1201), vigil.silence(1205)]).toEqual([false, 4]);
});

it('a harness that stalls has watched for one period only', () => {
  const vigil = watching(1000, 1000);
  vigil.sent(1500);
  vigil.sent(1800);
  expect(vigil.silence(1801)).toBe(21);
});

it('what never served was not lost', () => {
  const vigil = new Vigil(10);
  for (let t = 0; t < 1000; t += 10) vigil.sent(t);
  expect(vigil.lost(1000)).toBe(false);
});

it('a no is a no however late it is read, and an acknowledgement between two of them ends it', () => {
  const stalled = () => {
    const vigil = watching(1000, 1000);
    for (const t of [1200, 1400]) vigil.sent(t);
    return vigil;
  };
  expect(stalled().lost(1401)).toBe(false);
  const refused = stalled();
  for (const t of [1200, 1400]) refused.denied(t);
  expect(refused.silence(1401)).toBe(200);
  refused.acknowledged(1500);
  refused.denied(1510);
  expect(refused.lost(1511)).toBe(false);
});
