import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClock } from '../../core/clock.js';
import { until } from '../../core/until.js';
import { journalDirectory } from '../journal.js';
import { self } from '../liveness.js';
import { openTestFleet, server } from '../testing/fleet.js';
import { talk } from '../testing/tcp.js';
import type { Container, Fleet } from '../types.js';
import { connectEngine } from './engine.js';
import { labelsOf } from './labels.js';
import { openNamespaces } from './netns.js';
import type { NetworkChange } from './network-change.js';
import { startTools } from './tools.js';

const clock = startClock();
let fleet: Fleet;
let a: Container, b: Container;
beforeAll(async () => {
  fleet = await openTestFleet({ clock, needs: ['cut', 'see-network', 'watch-detached'] });
  [a, b] = (await Promise.all(['a', 'b'].map((n, i) => fleet.create(server(n), fleet.address(i))))) as [
    Container,
    Container,
  ];
  await Promise.all([a, b].map((x) => x.start()));
  await Promise.all([a, b].map(answers));
});
afterAll(() => fleet?.teardown());

const answers = (x: Container) =>
  until(
    () => talk(x.endpoint(6379), 'PING').catch((error: Error) => error.message),
    (r) => r === '+PONG',
    { describe: `${x.name} answers`, within: 5000 },
  );

const reaches = async (from: Container, to: Container): Promise<boolean> =>
  (await from.exec(['timeout', '1', 'redis-cli', '-h', to.ip, 'PING'])).stdout === 'PONG\n';

/** Scripts of its own need tools of its own: a fleet has none to give. */
const ownNamespaces = async () => {
  const journal = { note: async () => undefined };
  const labels = labelsOf(fleet.runId, self());
  const tools = await startTools(await connectEngine(), `${fleet.runId}-own`, labels, journal);
  return openNamespaces({ tools, journal, clock });
};

const rulesOf = async (container: Container) => (await fleet.network([container])).get(container.name)?.rules;
const deaf = (container: Container, from: Container) =>
  fleet.cut([{ at: container, from: [from] }], 'drop', `drop what comes from ${from.name}`);

it('gives a script its arguments as they are, in the namespace of the container; of half a change nothing stays', async () => {
  const { inside, change } = await ownNamespaces();
  const at = (container: Container, ...args: string[]) => [{ container, args }];
  const odd = ['a b', '', '"$(exit 3)"', "it's", '*', '\\', 'line\nline', ...Array.from({ length: 12 }, String)];
  expect(await inside(`printf '[%s]' "$@"`, at(a, ...odd))).toBe(odd.map((arg) => `[${arg}]`).join(''));
  await expect(inside('echo no such thing >&2; exit 4', at(a))).rejects.toThrow('no such thing');
  expect(await inside('ip -o -4 addr show to "$1/32"', at(b, b.ip))).toContain(b.ip);
  expect(await inside('ip -o -4 addr show to "$1/32"', at(a, b.ip))).toBe('');
  const clean = await rulesOf(a);
  const broken: NetworkChange = {
    what: 'half a change',
    on: 'iptables -N "$1" 2>/dev/null || :; echo half >&2; exit 1',
    off: 'iptables -X "$1" || :',
    at: at(a),
  };
  await expect(change(broken)).rejects.toThrow('half');
  expect(await rulesOf(a)).toEqual(clean);
});

it('changes a namespace until the change is undone, once or more often', async () => {
  const clean = await rulesOf(a);
  const asked = clock.now();
  const { undo, from, to } = await deaf(a, b);
  expect(asked <= from && from <= to && to <= clock.now()).toBe(true);
  expect(await reaches(b, a)).toBe(false);
  expect(await rulesOf(a)).not.toEqual(clean);
  expect(await talk(a.endpoint(6379), 'PING')).toBe('+PONG');
  const journal = readFileSync(join(journalDirectory(), `${fleet.runId}.ndjson`), 'utf8');
  expect(journal).toMatch(/"intent":"change","container":"a","what":"drop what comes from b","name":"redrill-\d+"/);
  await undo();
  await undo();
  expect(await reaches(b, a)).toBe(true);
  expect(await rulesOf(a)).toEqual(clean);
});

it('makes a change anew in a container that was started again, and in no other', async () => {
  const { undo } = await deaf(a, b);
  await a.kill('KILL');
  await a.exited();
  await a.start();
  await answers(a);
  expect(await reaches(b, a)).toBe(false);
  await undo();
  await a.kill('KILL');
  await a.exited();
  await a.start();
  await answers(a);
  expect(await reaches(b, a)).toBe(true);
});

it('undoes a change of containers that no longer run', async () => {
  const { undo } = await deaf(b, a);
  await b.kill('KILL');
  await b.exited();
  await undo();
  await b.start();
  await answers(b);
  expect(await reaches(a, b)).toBe(true);
});

it('says of each container that runs what its addresses are', async () => {
  const found = await fleet.network([a, b]);
  expect([a, b].map(({ name }) => found.get(name)?.addresses)).toEqual(
    [a, b].map(({ ip }) => expect.arrayContaining([ip])),
  );
});

it('lets the harness in by a door that rules for clients leave open', async () => {
  await using apart = await openTestFleet({ needs: ['cut', 'watch-apart'] });
  const c = await apart.create(server('c'), apart.address(0));
  await c.start();
  await answers(c);
  const { undo } = await apart.cut([{ at: c, to: 6379, but: [] }], 'reject', 'reject who does not come by the door');
  await expect(talk(c.endpoint(6379), 'PING')).rejects.toThrow(/ECONNREFUSED|closed/);
  expect(await talk(c.door(6379), 'PING')).toBe('+PONG');
  await undo();
  expect(await talk(c.endpoint(6379), 'PING')).toBe('+PONG');
});
