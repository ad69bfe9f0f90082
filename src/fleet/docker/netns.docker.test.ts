import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClock } from '../../core/clock.js';
import { until } from '../../core/until.js';
import { journalDirectory } from '../journal.js';
import { openTestFleet, server } from '../testing/fleet.js';
import { talk } from '../testing/tcp.js';
import type { Container, Fleet, NetworkChange } from '../types.js';

const clock = startClock();
let fleet: Fleet;
let a: Container, b: Container;
beforeAll(async () => {
  fleet = await openTestFleet({ clock, needs: ['cut', 'watch-detached'] });
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

/** Everything that comes from an address is dropped. */
const deaf = (container: Container, from: Container): NetworkChange => ({
  what: `drop what comes from ${from.name}`,
  on: `
    iptables -N "$1" 2>/dev/null || iptables -F "$1"
    iptables -A "$1" -s "$2" -j DROP
    iptables -C INPUT -j "$1" 2>/dev/null || iptables -I INPUT -j "$1"`,
  off: `
    iptables -D INPUT -j "$1" || :
    iptables -F "$1" && iptables -X "$1" || :`,
  at: [{ container, args: [from.ip] }],
});

const rulesOf = (container: Container) => fleet.inside(container, 'iptables -S', []);

it('gives a script its arguments as they are, and takes what it printed', async () => {
  const odd = ['a b', '', '"$(exit 3)"', "it's", '*', '\\', 'line\nline', ...Array.from({ length: 12 }, String)];
  expect(await fleet.inside(a, `printf '[%s]' "$@"`, odd)).toBe(odd.map((arg) => `[${arg}]`).join(''));
  await expect(fleet.inside(a, 'echo no such thing >&2; exit 4', [])).rejects.toThrow('no such thing');
});

it('is in the namespace of the container, not in its own', async () => {
  expect(await fleet.inside(b, 'ip -o -4 addr show to "$1/32"', [b.ip])).toContain(b.ip);
  expect(await fleet.inside(a, 'ip -o -4 addr show to "$1/32"', [b.ip])).toBe('');
});

it('changes a namespace until the change is undone, once or more often', async () => {
  const clean = await rulesOf(a);
  const asked = clock.now();
  const { undo, from, to } = await fleet.change(deaf(a, b));
  expect(asked <= from && from <= to && to <= clock.now()).toBe(true);
  expect(await reaches(b, a)).toBe(false);
  expect(await talk(a.endpoint(6379), 'PING')).toBe('+PONG');
  const journal = readFileSync(join(journalDirectory(), `${fleet.runId}.ndjson`), 'utf8');
  expect(journal).toMatch(/"intent":"change","container":"a","what":"drop what comes from b","name":"redrill-\d+"/);
  await undo();
  await undo();
  expect(await reaches(b, a)).toBe(true);
  expect(await rulesOf(a)).toBe(clean);
});

it('makes a change anew in a container that was started again, and in no other', async () => {
  const { undo } = await fleet.change(deaf(a, b));
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

it('undoes a change of containers that no longer run, and leaves nothing behind when half of it failed', async () => {
  const { undo } = await fleet.change(deaf(b, a));
  await b.kill('KILL');
  await b.exited();
  await undo();
  await b.start();
  await answers(b);
  expect(await reaches(a, b)).toBe(true);
  const clean = await rulesOf(a);
  const broken = deaf(a, b);
  await expect(fleet.change({ ...broken, on: `${broken.on}; echo half >&2; exit 1` })).rejects.toThrow('half');
  expect(await rulesOf(a)).toBe(clean);
});

it('lets the harness in by a door that rules for clients leave open', async () => {
  await using apart = await openTestFleet({ needs: ['cut', 'watch-apart'] });
  const c = await apart.create(server('c'), apart.address(0));
  await c.start();
  await answers(c);
  const { undo } = await apart.change({
    what: 'reject who does not come by the door',
    on: 'iptables -A INPUT -p tcp -m conntrack ! --ctstate DNAT -j REJECT --reject-with tcp-reset',
    off: 'iptables -F INPUT',
    at: [{ container: c, args: [] }],
  });
  await expect(talk(c.endpoint(6379), 'PING')).rejects.toThrow(/ECONNREFUSED|closed/);
  expect(await talk(c.door(6379), 'PING')).toBe('+PONG');
  await undo();
  expect(await talk(c.endpoint(6379), 'PING')).toBe('+PONG');
});
