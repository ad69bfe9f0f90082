import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { build, built } from './testing/redrill.js';

beforeAll(build, 120_000);

/** A process that heals for a while after the first signal, like a run. */
const script = (healing: number): string => `
  import { watchSignals } from ${JSON.stringify(built('cli/signals.js'))};
  const { signal, status } = watchSignals();
  const busy = setInterval(() => {}, 1000);
  signal.addEventListener('abort', () => setTimeout(() => { clearInterval(busy); console.log(signal.reason.code); process.exitCode = status(); }, ${healing}));
  console.log('ready');
`;

async function interrupted(
  signals: NodeJS.Signals[],
  healing: number,
): Promise<{ status: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script(healing)]);
  let [stdout, stderr] = ['', ''];
  const reactions: (() => void)[] = [];
  child.stdout.on('data', (text) => {
    stdout += text;
    reactions.shift()?.();
  });
  child.stderr.on('data', (text) => {
    stderr += text;
    reactions.shift()?.();
  });
  for (const signal of signals) {
    // Each signal is sent once the process has answered the one before.
    await new Promise<void>((resolve) => {
      reactions.push(resolve);
    });
    child.kill(signal);
  }
  const [status] = (await once(child, 'close')) as [number];
  return { status, stdout, stderr };
}

describe('an interrupted run', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s heals first and ends with %d', async (signal, code) => {
    const { status, stdout, stderr } = await interrupted([signal], 50);
    expect(status).toBe(code);
    expect(stdout).toBe('ready\nINTERRUPTED\n');
    expect(stderr).toContain('stopping: healing faults and removing containers (Ctrl-C again to leave at once)');
    expect(stderr).not.toContain('redrill clean');
  });

  it('leaves at once when interrupted again, and says how to clean up', async () => {
    const { status, stdout, stderr } = await interrupted(['SIGINT', 'SIGINT'], 60_000);
    expect(status).toBe(130);
    expect(stdout).toBe('ready\n');
    expect(stderr).toContain('run `redrill clean`');
  });
});
