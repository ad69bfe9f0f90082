/** What a hostile environment does to a drill: a clear message, the right exit status, nothing left behind. */
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frailEngine } from './testing/frail-engine.js';
import type { Ran } from './testing/redrill.js';
import { BALLAST, type TinyDisk, tinyDisk } from './testing/tiny-disk.js';
import { openWorkshop, runFolders, small, type Workshop } from './testing/workshop.js';

let workshop: Workshop;
let crash: string;
beforeAll(async () => {
  workshop = await openWorkshop();
  crash = workshop.scenario('crash', {
    topology: small(),
    timeline: [{ at: '200ms', fault: 'segfault', target: 'primary of shard 1' }],
    recovery: [{ when: 'service lost', procedure: 'restart-node' }],
    objectives: { recovery_time: '< 60s', availability: '>= 1%', slots_covered: '== 16384' },
  });
}, 300_000);
afterAll(() => workshop?.[Symbol.dispose]());

const noBug = ({ stderr }: Ran): void => expect(stderr).not.toMatch(/a bug in redrill|^ {4}at /m);

describe('a drill in a bad environment', () => {
  it('is inconclusive without an engine, and says which one did not answer', async () => {
    const host = `unix://${join(workshop.folder, 'nobody.sock')}`;
    const ran = await workshop.drill(crash, { DOCKER_HOST: host }).ended;
    noBug(ran);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain(`no container engine answers at DOCKER_HOST=${host}`);
    expect(ran.stderr).toMatch(/Start Docker and try again/);
    const cleaned = await workshop.run(['clean'], { DOCKER_HOST: host });
    expect(cleaned).toMatchObject({ status: 2, stdout: '' });
    expect(await workshop.left()).toEqual([]);
  });

  it('is inconclusive without the image, and names it', async () => {
    const image = 'nowhere.invalid/redis:1.2';
    const ran = await workshop.drill(workshop.scenario('no-image', { topology: { ...small(), image } })).ended;
    noBug(ran);
    expect(ran.status).toBe(2);
    expect(ran.stdout + ran.stderr).toContain(`no image ${image}`);
    expect(await workshop.left()).toEqual([]);
  });

  it('ends quickly when the server refuses its configuration, with the server’s own words', async () => {
    const file = workshop.scenario('refused', { topology: small(0, { 'not-a-directive': 1 }) });
    const ran = await workshop.drill(file).ended;
    noBug(ran);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toMatch(/node-\d ended with exit code 1: .*'not-a-directive 1'.*Bad directive/);
    // As soon as it is gone, not when the minute is over that a cluster may take to form.
    expect(ran.stderr).not.toMatch(/not within/);
    const log = readFileSync(join(workshop.runs().at(-1)!, 'logs/node-1.log'), 'utf8');
    expect(log).toContain('Bad directive or wrong number of arguments');
    expect(await workshop.left()).toEqual([]);
  });

  it('is inconclusive when the engine dies in the middle of it; clean removes the rest once it is back', async () => {
    await using engine = await frailEngine(join(workshop.folder, 'engine.sock'));
    const drill = workshop.drill(crash, { DOCKER_HOST: engine.host });
    await drill.saw(/ segfault took effect/);
    await engine.die();
    const ran = await drill.ended;
    noBug(ran);
    expect(ran.status).toBe(2);
    expect(ran.stdout + ran.stderr).toMatch(/container engine is gone|no container engine answers/);
    expect(ran.stdout).toMatch(/redrill clean/);
    expect(await workshop.left()).not.toEqual([]);
    // Only this one: other tests have runs that are waiting to be cleaned.
    const [run] = workshop.unfinished();
    expect(run).toBeDefined();
    expect(await workshop.clean(run)).toMatchObject({ well: true, left: [] });
  });
});

describe('reports on a full disk', () => {
  const MB = 2 ** 20;
  let disk: TinyDisk | undefined;
  let earlier: Record<string, string>;
  beforeAll(async () => {
    disk = tinyDisk(join(workshop.folder, 'disk'));
    if (!disk) return;
    const { status } = await workshop.run(['run', crash, '--output', disk.path]);
    // Inconclusive on a machine that stalls: it is written down all the same.
    expect([0, 2]).toContain(status);
    earlier = contents(disk.path);
  }, 60_000);
  afterAll(() => disk?.[Symbol.dispose]());

  it('is found out before anything is started', async ({ skip }) => {
    if (!disk) return skip('only root can mount a small file system');
    disk.leave({ bytes: 1 * MB });
    const ran = await workshop.run(['run', crash, '--output', disk.path]);
    noBug(ran);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toMatch(new RegExp(`can't write reports to ${disk.path}: only .* are left there`));
    expect(ran.stderr).toContain('free some space, or name another folder with --output');
    expect(ran.stderr).not.toContain(' start: ');
    expect(contents(disk.path)).toEqual(earlier);
  });

  it.for([
    ['takes no recording', { bytes: 0 }],
    // history.bin, plan.json, three logs, history.json, SHA256SUMS; then two of the reports find room, the third does not.
    ['takes the recording but not the reports', { bytes: 8 * MB, files: 9 }],
  ] as const)('that fills up during the drill and %s: says so and spoils nothing', async ([, room], { skip }) => {
    if (!disk) return skip('only root can mount a small file system');
    disk.leave({ bytes: 12 * MB });
    const drill = workshop.start(['run', crash, '--output', disk.path]);
    await drill.saw(/ timeline/);
    disk.leave(room);
    const ran = await drill.ended;
    noBug(ran);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toMatch(new RegExp(`can't write the \\w+ to ${disk.path}.*no space left`));
    // The work of the drill is not lost without a word.
    expect(ran.stderr).toMatch(/crash (passed|is inconclusive): .*\(this could not be written down\)/);
    expect(await workshop.left()).toEqual([]);
    const now = contents(disk.path);
    expect(now).toMatchObject(earlier);
    expect(Object.keys(now).filter((path) => /tmp$|part$/.test(path))).toEqual([]);
    const added = Object.keys(now).filter((path) => !(path in earlier));
    if (room.bytes === 0) return expect(added).toEqual([]);
    // It can be judged and reported as soon as there is room.
    const folder = runFolders(disk.path).at(-1)!;
    expect(ran.stderr).toContain(`redrill report ${folder}`);
    disk.leave({ bytes: 12 * MB });
    expect(await workshop.run(['report', folder])).toMatchObject({ status: 0 });
    rmSync(folder, { recursive: true });
  });
});

/** Every file and link below the folder, with what is in it. */
function contents(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    ({ name, parentPath }) => !join(parentPath, name).includes(BALLAST),
  );
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, entry.isSymbolicLink() ? readlinkSync(path) : entry.isFile() ? readFileSync(path, 'latin1') : ''];
    }),
  );
}
