/**
 * Whoever reads a drill's output goes away in the middle of it, or has no room: the exit status is the verdict, and containers
 * go. REDRILL_CLOSED_PIPES=20 npx vitest run src/cli/readers.docker.test.ts does it more often.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seeded } from '../core/rng.js';
import { statusOf } from '../drill/suite.js';
import type { Result } from '../report/index.js';
import { commandOf } from './testing/redrill.js';
import { openWorkshop, small, type Workshop } from './testing/workshop.js';

const rng = seeded(process.env.REDRILL_PIPE_SEED ?? 'readers');
const ends = ['both', 'stderr', 'stdout', 'full'] as const;
const rounds = Array.from({ length: Number(process.env.REDRILL_CLOSED_PIPES ?? 2) }, (_, i) => ({
  what: ends[i % ends.length]!,
  /** Lines of progress that are read before. */
  lines: Math.floor(rng.next() * 8),
}));

let workshop: Workshop;
let file: string;
beforeAll(async () => {
  workshop = await openWorkshop();
  // Without a replica nobody takes over.
  file = workshop.scenario('fails', {
    topology: small(),
    timeline: [{ at: '200ms', fault: 'kill', target: 'primary of shard 1' }],
    objectives: { recovery_time: '< 1s' },
    timeout: '2s',
  });
}, 300_000);
afterAll(() => workshop?.[Symbol.dispose]());

it.each(rounds)(
  'a drill that did not pass ends with its verdict: $what, after $lines lines',
  async ({ what, lines }) => {
    const full = what === 'full' ? openSync('/dev/full', 'w') : undefined;
    const { program, args, env } = commandOf(['run', file, '--output', workshop.reports], workshop.env);
    const child = spawn(program, args, { env, stdio: ['ignore', full ?? 'pipe', full ?? 'pipe'] });
    workshop.adopt(child.pid!);
    if (full !== undefined) closeSync(full);
    let seen = '';
    const leave = (): void => {
      if (seen.split('\n').length <= lines) return;
      if (what !== 'stderr') child.stdout?.destroy();
      if (what !== 'stdout') child.stderr?.destroy();
    };
    child.stderr?.on('data', (text) => {
      seen += String(text);
      leave();
    });
    child.stdout?.on('data', () => {});
    leave();
    const [status] = (await once(child, 'exit')) as [number];
    // On a busy machine it may be inconclusive: what counts is that the status is what the report says.
    const result = JSON.parse(readFileSync(join(workshop.runs().at(-1)!, 'result.json'), 'utf8')) as Result;
    expect(result.verdict).not.toBe('pass');
    expect(status, seen).toBe(statusOf(result));
    expect(await workshop.left()).toEqual([]);
    expect(workshop.remains()).toEqual([]);
  },
);
