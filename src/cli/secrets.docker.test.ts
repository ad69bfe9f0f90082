/** A drill that does everything to get its passwords written down: not one byte of the run folder or of the output has them. */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Result } from '../report/index.js';
import type { Ran } from './testing/redrill.js';
import { openWorkshop, type Workshop } from './testing/workshop.js';

const made = (word: string): string => `${word} "${randomBytes(9).toString('base64')}/`;
const [own, app, late, wrong, refused] = ['own', 'app', 'late', 'wrong', 'refused'].map(made) as [string, ...string[]] &
  string[];
const all = [own, app, late, wrong, refused] as string[];

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const sum = (text: string): string => createHash('sha256').update(text).digest('hex');
/** What would give it away. */
const forms = (secret: string): string[] => [
  secret.slice(6),
  JSON.stringify(secret).slice(7, -1),
  encodeURIComponent(secret).slice(10),
  base64(secret),
  base64(`x:${secret}`).slice(4, -4),
  Buffer.from(secret).toString('hex'),
  sum(secret),
];

let workshop: Workshop;
let ran: Ran;
let folder: string;
let result: Result;

beforeAll(async () => {
  workshop = await openWorkshop();
  const file = workshop.scenario('talkative', {
    description: `Its description says ${own}.`,
    topology: {
      kind: 'replication',
      replicas: 1,
      image: 'redis:7.0',
      password: own,
      users: { app: { password: app, for: 'clients' } },
    },
    timeline: [
      {
        at: '200ms',
        on: 'primary',
        steps: [
          { run: ['ECHO', own] },
          { run: ['ECHO', `${base64(app!)} ${encodeURIComponent(own)} ${base64(`user:${own}`)} ${sum(app!)}`] },
          { run: ['ECHO', JSON.stringify({ password: own })] },
          { run: ['EVAL', 'redis.log(redis.LOG_WARNING, ARGV[1]) return ARGV[1]', '0', app] },
          { run: ['EVAL', 'return redis.error_reply(ARGV[1])', '0', own], error: '/own/' },
          { run: ['ACL', 'SETUSER', 'late', 'on', `>${late}`] },
          { run: ['ACL', 'SETUSER', 'hashed', 'on', `#${sum(late!)}`] },
          { run: ['ACL', 'LIST'] },
          { run: ['ACL', 'GETUSER', 'late'] },
          { run: ['CONFIG', 'GET', 'requirepass'], field: 'requirepass', reply: own },
          { run: ['AUTH', 'app', wrong], error: 'WRONGPASS' },
          // What a server makes up is known from its reply.
          { run: ['ACL', 'GENPASS'], save: 'generated' },
          { run: ['SET', 'generated', '${generated}'] },
          { run: ['ECHO', '${generated}'] },
          { run: ['ECHO', 'something else'], reply: own, optional: true },
          { run: [refused, own], optional: true },
          { run: ['AUTH', 'app', refused], optional: true },
        ],
      },
    ],
    recovery: [{ at: '1s', procedure: 'rotate-credentials' }],
    objectives: { lost_acknowledged_writes: '<= 1000' },
  });
  ran = await workshop.drill(file).ended;
  folder = workshop.runs()[0]!;
  result = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as Result;
}, 300_000);
afterAll(async () => {
  expect(await workshop.left()).toEqual([]);
  workshop[Symbol.dispose]();
});

it('does what it was asked to, so that there was something to hide', () => {
  expect(result.steps.filter(({ optional, verdict }) => !optional && verdict !== 'met')).toEqual([]);
  expect(result.procedures).toMatchObject([{ name: 'rotate-credentials', verdict: 'done' }]);
  const seen = (title: string): string => result.steps.find((step) => step.title.includes(title))!.seen!;
  expect(seen('CONFIG GET')).toContain('***');
  expect(seen('ACL LIST')).toMatch(/user late on.*#\*\*\*/);
  expect(seen('GENPASS')).toBe('***');
  expect(ran.stderr).toContain('ECHO "something else" on primary: not met');
  expect(readFileSync(join(folder, 'logs/node-1.log'), 'utf8')).toMatch(/^\d+:S? ?.* # \*\*\*$/m);
});

it('leaves no password in any file, in no form, nor in what it prints', () => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  expect(files.length).toBeGreaterThan(8);
  const texts = [
    ['stdout and stderr', ran.stdout + ran.stderr] as const,
    ...files.map((file) => [file, readFileSync(file, 'latin1')] as const),
  ];
  for (const [name, text] of texts) {
    for (const secret of all)
      for (const form of forms(secret)) expect(text.includes(form), `${name}: ${form}`).toBe(false);
    // Those that redrill and the server made up.
    expect(
      text.match(/(SETUSER|AUTH|masterauth|requirepass)\b[^,\n]{0,40}[0-9a-f]{40}|#[0-9a-f]{64}/i),
      name,
    ).toBeNull();
  }
});

it('shows none of them in a plan either', async () => {
  const file = join(workshop.folder, 'talkative.yaml');
  for (const args of [
    ['plan', file],
    ['plan', file, '--json'],
    ['validate', file],
  ]) {
    const { stdout, stderr, status } = await workshop.run(args);
    expect(status, stderr).toBe(0);
    for (const secret of all) for (const form of forms(secret)) expect(stdout + stderr).not.toContain(form);
  }
});
