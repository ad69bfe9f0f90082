import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findJournals, type Intent, journalDirectory, openJournal, parseJournal } from './journal.js';
import { self } from './liveness.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'redrill-'));
  vi.stubEnv('XDG_STATE_HOME', home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

const header = { runId: 'r1', ...self(), engine: 'E' };

it('has an intent on disk when note resolves', async () => {
  const journal = await openJournal(header);
  await journal.note({ intent: 'network', name: 'n' });
  expect(readFileSync(journal.path, 'utf8')).toBe(`${JSON.stringify(header)}\n{"intent":"network","name":"n"}\n`);
  await journal.close();
});

it('keeps the order of intents that arrive together', async () => {
  const journal = await openJournal(header);
  const names = Array.from({ length: 200 }, (_, i) => `c${i}`);
  await Promise.all(names.map((name) => journal.note({ intent: 'container', name })));
  const [found] = findJournals();
  expect(found!.header).toEqual(header);
  expect(found!.intents).toEqual(names.map((name) => ({ intent: 'container', name })));
  await journal.close();
});

it('is gone after remove, and remove can be repeated', async () => {
  const journal = await openJournal(header);
  await journal.remove();
  await journal.remove();
  expect(existsSync(journal.path)).toBe(false);
  expect(findJournals()).toEqual([]);
});

it('is readable only by its owner', async () => {
  const journal = await openJournal(header);
  expect(statSync(journal.path).mode & 0o077).toBe(0);
  await journal.close();
});

it('refuses to go on when it cannot be written', async () => {
  writeFileSync(join(home, 'file'), '');
  vi.stubEnv('XDG_STATE_HOME', join(home, 'file'));
  await expect(openJournal(header)).rejects.toMatchObject({
    code: 'ENVIRONMENT',
    hint: expect.stringContaining('XDG_STATE_HOME'),
  });
});

it('ignores a line that the dying process did not finish', async () => {
  const journal = await openJournal(header);
  await journal.note({ intent: 'container', name: 'a' });
  appendFileSync(journal.path, '{"intent":"container","na');
  expect(findJournals()[0]!.intents).toEqual([{ intent: 'container', name: 'a' }]);
  await journal.close();
});

it('names a run by its file when not even the header was written', async () => {
  appendFileSync((await openJournal(header)).path, '');
  expect(parseJournal('', 'r9')).toMatchObject({ header: { runId: 'r9', pid: 0 }, intents: [] });
  expect(journalDirectory()).toBe(join(home, 'redrill', 'journal'));
});

it('survives any content', () => {
  const intent: Intent = { intent: 'volume', name: 'v' };
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (noise) => {
      const line = noise.replaceAll('\n', ' ');
      fc.pre(!/intent|runId/.test(line));
      expect(parseJournal(`${line}\n${JSON.stringify(intent)}\n`, 'x').intents).toEqual([intent]);
    }),
  );
});

describe('a journal that somebody else wrote', () => {
  const parsed = (...lines: unknown[]) => parseJournal(lines.map((line) => `${JSON.stringify(line)}\n`).join(''), 'r1');

  it.each([
    ['another file', { intent: 'sysctl', key: '../../../tmp/owned', was: '1', now: '2' }],
    ['another setting', { intent: 'sysctl', key: 'ipv4/ip_forward', was: '1', now: '0' }],
    ['a value that is none', { intent: 'sysctl', key: 'core/netdev_max_backlog', was: '1; reboot', now: '2' }],
    [
      'a value that starves the machine',
      { intent: 'sysctl', key: 'ipv4/neigh/default/gc_thresh3', was: '1', now: '2' },
    ],
    ['a name that is a path', { intent: 'container', name: '../x' }],
    ['a kind of its own', { intent: 'exec', command: ['true'] }],
    ['more than belongs there', { intent: 'keep', all: true }],
    ['no intent at all', [1, 2]],
  ])('says nothing with %s', (_, line) => {
    expect(parsed(header, line)).toEqual({ header, intents: [], strange: 1 });
  });

  it('says nothing about another run than that of its name', () => {
    expect(parsed({ ...header, runId: 'live-run' })).toMatchObject({ header: { runId: 'r1', pid: 0 }, strange: 1 });
    // The first that is right counts.
    expect(parsed(header, { ...header, pid: 1 })).toMatchObject({ header, strange: 1 });
  });

  it.each([
    ['pid', -1],
    ['pid', '12'],
    ['runId', 'a/../b'],
    ['started', 'x'.repeat(1000)],
  ])('has no header where %s is %j', (key, value) => {
    expect(parsed({ ...header, [key]: value }).header).toMatchObject({ pid: 0 });
  });

  it('that is no plain file is not read', async () => {
    const journal = await openJournal(header);
    await journal.close();
    symlinkSync('/dev/zero', join(journalDirectory(), 'zero.ndjson'));
    execFileSync('mkfifo', [join(journalDirectory(), 'fifo.ndjson')]);
    expect(findJournals().map((found) => found.header.runId)).toEqual(['r1']);
  });
});
