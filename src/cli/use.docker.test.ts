/** Faults, procedures and objectives of a user's own, as docs/extending.md shows them: through the command line, on real containers. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Result } from '../report/index.js';
import { openWorkshop, type Workshop } from './testing/workshop.js';

let workshop: Workshop;
let drills: string;
beforeAll(async () => {
  workshop = await openWorkshop();
  drills = join(workshop.folder, 'drills');
  mkdirSync(drills);
  const page = readFileSync('docs/extending.md', 'utf8');
  for (const [, path, text] of page.matchAll(/^```\w+ (drills\/\S+)\n([\s\S]*?)^```$/gm))
    writeFileSync(join(drills, basename(path!)), text!);
}, 300_000);
afterAll(async () => {
  expect(await workshop.left()).toEqual([]);
  workshop[Symbol.dispose]();
});

async function drilled(file: string) {
  const ran = await workshop.drill(join(drills, file)).ended;
  const folder = workshop.runs().at(-1)!;
  return { ...ran, folder, result: JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as Result };
}

it('are carried out, proven and judged, and judged again offline', async () => {
  const { status, result, folder } = await drilled('stalled-writes.yaml');
  expect(result.faults[0]).toMatchObject({
    type: 'pause-writes',
    effective: { text: 'a write got no answer for 200 ms' },
  });
  expect(result.procedures[0]).toMatchObject({ name: 'relax-coverage', verdict: 'done' });
  expect(result.procedures[0]!.steps.length).toBe(6);
  const [writes, recovery] = result.findings;
  expect(writes).toMatchObject({ objective: 'split_brain_writes', verdict: 'pass', measured: { value: 0 } });
  // What was paused for two seconds is back two seconds later, and nobody took over.
  expect(recovery!.measured.value).toBeGreaterThan(1000);
  expect(status).toBe(recovery!.verdict === 'pass' ? 0 : 2);

  const use = ['--use', join(drills, 'split-brain.ts')];
  const again = await workshop.run(['judge', folder, '--json', ...use]);
  const without = await workshop.run(['judge', folder, '--json']);
  expect(JSON.parse(again.stdout).findings).toEqual(result.findings);
  expect(without.status).toBe(2);
  expect(JSON.parse(without.stdout).findings[0]).toMatchObject({
    verdict: 'inconclusive',
    text: expect.stringContaining('--use'),
  });
});

it('that do nothing, or break, are inconclusive and never a pass', async () => {
  const idle = readFileSync(join(drills, 'pause-writes.ts'), 'utf8')
    .replace("await node.call(['CLIENT', 'PAUSE', limit, 'WRITE']);", '')
    .replaceAll('pause-writes', 'pause-nothing');
  writeFileSync(join(drills, 'pause-nothing.ts'), idle);
  const broken = readFileSync(join(drills, 'split-brain.ts'), 'utf8')
    .replace('const { measured,', 'throw new Error("not today"); const { measured,')
    .replaceAll('split_brain_writes', 'broken_writes');
  writeFileSync(join(drills, 'broken.ts'), broken);
  const text = readFileSync(join(drills, 'stalled-writes.yaml'), 'utf8')
    .replaceAll('pause-writes', 'pause-nothing')
    .replace('./split-brain.ts', './broken.ts, ./split-brain.ts')
    .replace('split_brain_writes: <= 0', 'split_brain_writes: <= 0\n  broken_writes: <= 0')
    .replace('name: stalled-writes', 'name: stalled-nothing');
  writeFileSync(join(drills, 'stalled-nothing.yaml'), text);
  const { status, result } = await drilled('stalled-nothing.yaml');
  expect(status).toBe(2);
  expect(result.faults[0]!.error).toContain('went on accepting writes');
  expect(result.findings.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'inconclusive', 'inconclusive']);
});

it('that never come back are given up with the budget, and their containers go', async () => {
  const stuck = readFileSync(join(drills, 'pause-writes.ts'), 'utf8')
    .replace('await Promise.all(targets.map(stalls));', 'await new Promise(() => undefined);')
    .replaceAll('pause-writes', 'pause-for-ever');
  writeFileSync(join(drills, 'pause-for-ever.ts'), stuck);
  const scenario = {
    name: 'stalled-for-ever',
    use: './pause-for-ever.ts',
    topology: { kind: 'replication', replicas: 1, image: 'redis:7.0' },
    timeline: [{ id: 'hit', at: '1s', fault: 'pause-for-ever', target: 'primary', for: '1s' }],
    objectives: { recovery_time: '< 4s' },
    timeout: '5s',
  };
  writeFileSync(join(drills, 'stalled-for-ever.yaml'), JSON.stringify(scenario));
  const { status, result } = await drilled('stalled-for-ever.yaml');
  expect(status).toBe(2);
  expect(result.faults[0]!.error).toMatch(
    /^effect of pause-for-ever \(.*pause-for-ever\.ts\) did not come back within /,
  );
  expect(result.faults[0]!.healedAt).toBeGreaterThan(0);
});
