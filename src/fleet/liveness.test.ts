import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { liveness, parseStat, self } from './liveness.js';

it('reads state and start time whatever the command is called', () => {
  const fields = 'S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21';
  expect(parseStat(`42 (node) ${fields}`)).toEqual({ state: 'S', started: '4711' });
  expect(parseStat(`42 (a) R 9 (b) ${fields}`)).toEqual({ state: 'S', started: '4711' });
});

it('takes this process for alive, and one with its pid but another start time for dead', () => {
  expect(liveness(self())).toBe('alive');
  expect(liveness({ ...self(), started: '1' })).toBe('dead');
});

it('takes a process that has ended for dead', async () => {
  const child = spawn(process.execPath, ['-e', '0']);
  await once(child, 'exit');
  expect(liveness({ ...self(), pid: child.pid! })).toBe('dead');
});

it('can say nothing about another machine', () => {
  expect(liveness({ ...self(), host: 'elsewhere.invalid' })).toBe('elsewhere');
});

it('takes a process of another boot for dead, unless others may use the engine too', () => {
  expect(liveness({ ...self(), boot: 'another' })).toBe('dead');
  expect(liveness({ ...self(), boot: 'another' }, false)).toBe('elsewhere');
});

it('can say nothing about pids of another container', () => {
  expect(liveness({ ...self(), space: 'pid:[1]', started: '1' })).toBe('elsewhere');
});
