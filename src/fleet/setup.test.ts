/** The set-up's way of starting an engine, with a stand-in for the engine: it must come up also right after another one was killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';

interface SetUp {
  startDaemon(daemon: {
    command: string[];
    log: string;
    pidFiles: Record<string, string>;
    answers(): Promise<boolean>;
    pause?: number;
  }): Promise<boolean>;
  removeLeftovers(files: Record<string, string>): void;
}
const setUp = (await import(new URL('../../docker/setup/engine.mjs', import.meta.url).href)) as SetUp;

const folder = mkdtempSync(join(tmpdir(), 'redrill-test-'));
const file = (name: string): string => join(folder, name);

/** Refuses while the pid file is there, like dockerd; else serves, until the test ends it. */
function standIn(name: string): { command: string[]; log: string; pidFile: string; up: string } {
  const [log, pidFile, up] = [file(`${name}.log`), file(`${name}.pid`), file(`${name}.up`)];
  const script = `if [ -e "${pidFile}" ]; then echo "pid file found"; exit 1; fi; echo $$ > "${up}"; sleep 60`;
  return { command: ['/bin/sh', '-c', script], log, pidFile, up };
}

async function stop(up: string): Promise<void> {
  process.kill(-Number(readFileSync(up, 'utf8')));
}

it.skipIf(process.platform !== 'linux')(
  'a pid file of a process that was killed and that nobody has reaped is removed',
  async () => {
    const { command, log, pidFile, up } = standIn('zombie');
    // A shell that becomes a program which never waits for its children.
    const parent = spawn('/bin/sh', ['-c', `sleep 0 & echo $! > "${pidFile}"; exec sleep 60`]);
    const stateOf = (pid: string): string => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]![0]!;
    while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8') === '') await sleep(10);
    const pid = readFileSync(pidFile, 'utf8').trim();
    while (stateOf(pid) !== 'Z') await sleep(10);
    const answers = async (): Promise<boolean> => existsSync(up);
    expect(await setUp.startDaemon({ command, log, pidFiles: { [pidFile]: 'sleep' }, answers })).toBe(true);
    await stop(up);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  },
);

it.skipIf(process.platform !== 'linux')(
  'one that is still dying is waited for, and the new one is tried again',
  async () => {
    const { command, log, pidFile, up } = standIn('dying');
    const dying = spawn('sleep', ['60']);
    writeFileSync(pidFile, `${dying.pid}\n`);
    const answers = async (): Promise<boolean> => {
      // It dies when the first try has been refused.
      if (existsSync(log) && readFileSync(log, 'utf8').includes('pid file found')) dying.kill('SIGKILL');
      return existsSync(up);
    };
    expect(await setUp.startDaemon({ command, log, pidFiles: { [pidFile]: 'sleep' }, answers, pause: 50 })).toBe(true);
    await stop(up);
  },
);

it('one that refuses again and again is not waited for', async () => {
  const begun = performance.now();
  const daemon = { command: ['/bin/sh', '-c', 'exit 1'], log: file('refusing.log'), pidFiles: {}, pause: 10 };
  expect(await setUp.startDaemon({ ...daemon, answers: async () => false })).toBe(false);
  expect(performance.now() - begun).toBeLessThan(20_000);
});

it.skipIf(process.platform !== 'linux')('the pid file of one that runs is left alone', () => {
  const mine = file('mine.pid');
  writeFileSync(mine, String(process.pid));
  const comm = readFileSync(`/proc/${process.pid}/comm`, 'utf8').trim();
  setUp.removeLeftovers({ [mine]: comm });
  expect(existsSync(mine)).toBe(true);
  setUp.removeLeftovers({ [mine]: 'dockerd' });
  expect(existsSync(mine)).toBe(false);
});
