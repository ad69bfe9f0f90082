import { expect, it } from 'vitest';
import type { Fleet } from '../fleet/types.js';
import { affordable } from './ceiling.js';
import { DidNotBite } from './types.js';

const GB = 2 ** 30;
const on = (memory: number) => ({ fleet: { machine: { software: '', kernel: '', cpus: 2, memory } } as Fleet });

it('a fault takes no more than a quarter of the memory of the machine, and says so before it takes any', () => {
  expect(() => affordable(4 * GB, 'filling node-1', on(16 * GB))).not.toThrow();
  expect(() => affordable(4 * GB + 1, 'filling node-1', on(16 * GB))).toThrow(DidNotBite);
  expect(() => affordable(24 * GB, 'filling node-1', on(16 * GB))).toThrow(
    'filling node-1 would take 24 GB: more than a quarter of the 16 GB that the machine has',
  );
});
