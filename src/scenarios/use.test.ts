import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedrillError } from '../core/errors.js';
import type { TopologySpec } from '../topology/types.js';
import { describeFaults } from './describe-registry.js';
import { loadScenarios } from './load.js';
import { planOf, printable } from './plan.js';
import type { InvalidScenario } from './problems.js';
import { faultRegistry, own } from './registries.js';
import { additionFrom, useEverywhere } from './use.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'redrill-use-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let written = 0;
async function file(text: string, name = `own-${++written}.ts`): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const fault = (name: string, more = '') => `
import { defineFault, duration } from 'redrill';
import { z } from 'zod';
export const faults = {
  '${name}': defineFault({
    summary: 'does nothing',
    params: z.strictObject({ length: duration('how long', { least: '1ms', most: '1h' }).prefault('1s') }),
    impact: 'none',
    inject: async () => ({ heal: async () => {} }),
    effect: async () => ({ at: 0, uncertainty: 0, text: 'nothing' }),
  }),
};${more}`;

const scenario = (use: string, name: string, more = ''): string =>
  `name: own\n${use}timeline:\n  - { at: 1s, fault: ${name}, target: primary, length: 3s${more} }\nobjectives: { availability: ">= 1%" }\n`;

async function problems(text: string): Promise<string[]> {
  const path = await file(text, `scenario-${++written}.yaml`);
  return loadScenarios(path).then(
    () => [],
    (error: InvalidScenario) => error.problems.map(({ message, position }) => `${position?.line}: ${message}`),
  );
}

describe('a file of own faults', () => {
  it('is known to the scenario that uses it, with its parameters, and to no other', async () => {
    const path = await file(fault('own-nothing'));
    const used = await file(scenario(`use: ${path}\n`, 'own-nothing'), 'used.yaml');
    const [loaded] = await loadScenarios(used);
    expect(loaded).toMatchObject({ use: [path], timeline: [{ type: 'own-nothing', params: { length: 3000 } }] });
    expect(JSON.parse(JSON.stringify(printable(planOf(loaded!))))).toMatchObject({ scenario: { use: [path] } });
    expect(await problems(scenario('', 'own-nothing'))).toEqual([
      expect.stringMatching(/^3: unknown fault "own-nothing"/),
    ]);
    expect(describeFaults().map(({ name }) => name)).toEqual(own.faults);
  });

  it('is checked as ours are', async () => {
    const path = await file(fault('own-checked'));
    expect(await problems(scenario(`use: ${path}\n`, 'own-checked', ', width: 3'))).toEqual([
      expect.stringMatching(/^4: unknown key "width"/),
    ]);
    expect(await problems(scenario(`use: ${path}\n`, 'own-chekced'))).toEqual([
      expect.stringMatching(/^4: .*Did you mean "own-checked"/),
    ]);
  });

  it('is found beside the file that names it, also through extends', async () => {
    await file(fault('own-beside'), 'beside.ts');
    await file(scenario('use: [beside.ts]\n', 'own-beside'), 'base.yaml');
    const [loaded] = await loadScenarios(await file('name: other\nextends: base.yaml\n', 'other.yaml'));
    expect(loaded).toMatchObject({ name: 'other', use: [join(folder, 'beside.ts')] });
  });

  it.each([
    ['is missing', 'use: missing.ts\n', undefined, /^2: missing.ts: no such file/],
    ['is no code', 'use: own.json\n', undefined, /own.json: is neither TypeScript nor JavaScript/],
    ['breaks', undefined, 'throw new Error("not today");', /could not be loaded: not today/],
    ['has nothing', undefined, 'export const x = 1;', /exports no `faults`, `procedures` or `objectives`/],
    ['takes a name of ours', undefined, fault('kill'), /there is a fault "kill" already: it comes with redrill/],
    ['has a bad name', undefined, fault('Own_One'), /"Own_One" is no name for a fault/],
    [
      'lacks something',
      undefined,
      "export const objectives = { own_thing: { summary: 'x', unit: 'count', better: 'lower' } };",
      /the objective "own_thing" has a wrong "measure": expected a function/,
    ],
    [
      'needs what no fleet has',
      undefined,
      fault('own-needy').replace("impact: 'none',", "impact: 'none', needs: ['magic'],"),
      /the fault "own-needy" has a wrong "needs.0": expected abilities of the fleet/,
    ],
    ['is a list', undefined, 'export const faults = [];', /its faults are not a map from names/],
  ])('that %s is refused in one line, at its place', async (_, use, code, expected) => {
    const path = code === undefined ? undefined : await file(code);
    const found = await problems(scenario(use ?? `use: ${path}\n`, 'kill').replace(', length: 3s', ''));
    expect(found).toEqual([expect.stringMatching(expected)]);
    expect(found[0]).toMatch(/^2: /);
  });

  it('that can not be loaded is the only complaint of the words that it would have brought', async () => {
    const path = await file('export const faults = {\n  a: 1\n  b: 2,\n};\n');
    const text = (use: string): string =>
      `name: own\n${use}timeline:\n  - { at: 1s, fault: own-lost, target: primary }\nrecovery: [{ at: 1s, procedure: own-mend }]\nobjectives: { own_count: <= 1, availability: 1 }\n`;
    expect(await problems(text(`use: ${path}\n`))).toEqual([
      expect.stringMatching(/^2: .*could not be loaded: ParseError: .*\(own-\d+\.ts, line 3\)$/),
      expect.stringMatching(/^6: write ">= 99%"/),
    ]);
    expect(await problems(text(''))).toEqual([
      expect.stringMatching(/^3: unknown fault "own-lost"/),
      expect.stringMatching(/^4: unknown procedure "own-mend"/),
      expect.stringMatching(/^5: unknown objective "own_count"/),
      expect.stringMatching(/^5: write ">= 99%"/),
    ]);
  });

  it.each([
    ["() => { throw new Error('not today'); }", /^4: asked-\d+ can't work here: its "supports" broke: not today$/],
    ['() => false', /^4: asked-\d+ can't work here: its "supports" returned what it must not$/],
    ["() => 'too small'", /^4: asked-\d+ can't work here: too small$/],
    ['() => true', undefined],
  ])('is asked whether it can work, whatever it answers: %s', async (supports, expected) => {
    const name = `asked-${++written}`;
    const path = await file(fault(name).replace("impact: 'none',", `impact: 'none', supports: ${supports},`));
    const found = await problems(scenario(`use: ${path}\n`, name));
    expect(found).toEqual(expected ? [expect.stringMatching(expected)] : []);
    const server = { product: 'redis', version: '7.0.0' } as const;
    const ask = () => faultRegistry[name]!.supports?.({ topology: {} as TopologySpec, server });
    // A drill is skipped for a reason, and not for what is broken.
    if (found[0]?.includes('its "supports"')) expect(ask).toThrow(RedrillError);
    else expect(ask()).toBe(expected ? 'too small' : true);
  });

  it('whose procedure breaks when it is asked what it refuses is a complaint at its place', async () => {
    const procedure = (refuses: string): string => `
      import { z } from 'zod';
      const done = async () => {};
      export const procedures = { 'own-${++written}': { summary: 'x', params: z.strictObject({}), steps: done, verify: done, refuses: ${refuses} } };`;
    const found = async (refuses: string): Promise<string[]> => {
      const path = await file(procedure(refuses));
      const [name] = (await additionFrom(path)).procedures;
      return problems(
        `name: own\nuse: ${path}\nrecovery:\n  - { at: 1s, procedure: ${name} }\nobjectives: { availability: ">= 1%" }\n`,
      );
    };
    expect(await found("() => { throw new Error('not today'); }")).toEqual(['4: its "refuses" broke: not today']);
    expect(await found('() => 7')).toEqual(['4: its "refuses" returned what it must not']);
    expect(await found("() => ({ param: 'procedure', why: 'too small' })")).toEqual(['4: too small']);
    expect(await found('() => undefined')).toEqual([]);
  });

  it('and another one can not both have a name', async () => {
    await additionFrom(await file(fault('own-twice')));
    await expect(additionFrom(await file(fault('own-twice')))).rejects.toThrow(
      /there is a fault "own-twice" already, from .*own-/,
    );
  });

  it('from the command line is known to every scenario and listed', async () => {
    await useEverywhere(await file(fault('own-everywhere')));
    expect(await problems(scenario('', 'own-everywhere'))).toEqual([]);
    expect(describeFaults().find(({ name }) => name === 'own-everywhere')).toMatchObject({
      group: 'of your own',
      params: [{ name: 'length', default: '1s' }],
    });
    await expect(useEverywhere(join(folder, 'none.ts'))).rejects.toMatchObject({ code: 'USAGE' });
  });
});
