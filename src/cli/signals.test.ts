import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { build, built } from './testing/redrill.js';

beforeAll(build, 120_000);

/** A process that heals for a while after the first signal, like a run. */
const script = (healing: number, then = ''): string => `
  import { watchSignals } from ${JSON.stringify(built('cli/signals.js'))};
  const { signal, status } = watchSignals();
  const busy = setInterval(() => {}, 1000);
  signal.addEventListener('abort', () => setTimeout(() => { clearInterval(busy); console.log(signal.reason.code); process.exitCode = status(); }, ${healing}));
  ${then}
  console.log('ready');
`;

async function interrupted(
  signals: NodeJS.Signals[],
  healing: number,
  then = '',
): Promise<{ status: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script(healing, then)]);
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
    ['SIGHUP', 129],
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

  it('by a terminal that goes away, which is often told twice, still heals first', async () => {
    // Another line shows that the second one has arrived and was not taken for impatience.
    const { status, stdout, stderr } = await interrupted(
      ['SIGHUP', 'SIGHUP'],
      500,
      "let n = 0; process.on('SIGHUP', () => ++n === 2 && console.log('told twice'));",
    );
    expect(status).toBe(129);
    expect(stdout).toBe('ready\ntold twice\nINTERRUPTED\n');
    expect(stderr).not.toContain('left at once');
  });
});
