import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RedrillError } from '../../core/errors.js';
import { actWith } from './act.js';
import type { Engine } from './engine.js';
import { removeRun } from './remove.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new Promise<never>(() => {});

test('an engine that gives no answer about a container is told to be stuck; one that refuses is not', async () => {
  const told: RedrillError[] = [];
  const act = actWith((why) => told.push(why));
  await expect(act('stop a', Promise.reject(new Error('no such container')))).rejects.toThrow('stop a');
  expect(told).toEqual([]);
  const hung = expect(act('send SIGKILL to a', never)).rejects.toThrow('send SIGKILL to a: not within 20 s');
  await vi.advanceTimersByTimeAsync(20_000);
  await hung;
  expect(told.map(({ message }) => message.split(' (')[0])).toEqual([
    'the container engine does not answer: send SIGKILL to a: not within 20 s',
  ]);
});

/** An engine with these containers, of which those that are `hung` are never removed. */
function engineWith(names: readonly string[], hung: (name: string) => boolean) {
  const left = new Set(names);
  const docker = {
    listContainers: async () =>
      [...left].map((name) => ({ Id: name, Names: [`/${name}`], Labels: { 'redrill.run': 'r' } })),
    listNetworks: async () => [],
    listVolumes: async () => ({ Volumes: [] }),
    getContainer: (name: string) => ({
      remove: async () => (hung(name) ? never : void left.delete(name)),
    }),
  };
  return { engine: { docker } as unknown as Engine, left };
}

test('clearing up waits for a stuck engine once, not for every container in turn', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `node-${i + 1}`);
  const { engine, left } = engineWith(names, (name) => Number(name.slice(5)) % 2 === 0);
  const removed = removeRun(engine, 'r');
  await vi.advanceTimersByTimeAsync(70_000);
  const { containers, failed } = await removed;
  expect(containers.length).toBe(20);
  expect(failed.length).toBe(20);
  expect(left.size).toBe(20);
});
