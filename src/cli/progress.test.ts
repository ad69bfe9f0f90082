import { describe, expect, it, vi } from 'vitest';
import { lines, progressFor } from './progress.js';

describe('progress in plain lines', () => {
  it('is one dated line for each thing that happens', () => {
    const out: string[] = [];
    const progress = lines(
      'drill',
      (line) => out.push(line),
      () => new Date('2026-01-02T03:04:05.678Z'),
    );
    progress.phase('start', '6 containers');
    progress.phase('steady');
    progress.note('segfault on node-1');
    progress.budget?.(100, 1000);
    progress.done('pass');
    expect(out).toEqual([
      '03:04:05.678  drill  start: 6 containers',
      '03:04:05.678  drill  steady',
      '03:04:05.678  drill  segfault on node-1',
      '03:04:05.678  drill  pass',
    ]);
  });

  it('is nothing when quiet', async () => {
    const streams = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockReturnValue(true));
    const progress = await progressFor('drill', true);
    progress.phase('start');
    progress.done('pass');
    const written = streams.flatMap(({ mock }) => mock.calls);
    for (const stream of streams) stream.mockRestore();
    expect(written).toEqual([]);
  });
});
