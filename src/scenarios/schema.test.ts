import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadScenarios } from './load.js';
import { planOf } from './plan.js';
import { jsonSchema } from './published-schema.js';

const files = readdirSync('scenarios').sort();
const yamls = files.filter((file) => file.endsWith('.yaml'));

describe('the published schema', () => {
  const validate = new Ajv({ strict: false, allErrors: true }).compile(jsonSchema());

  it('is current (npm run generate)', () => {
    expect(JSON.parse(readFileSync('schema/scenario.schema.json', 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(jsonSchema())),
    );
  });

  it('is draft-07 and describes every field, for editors', () => {
    const schema = jsonSchema() as { $schema: string; properties: Record<string, { description?: string }> };
    expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(
      Object.entries(schema.properties)
        .filter(([, field]) => !field.description)
        .map(([name]) => name),
    ).toEqual([]);
  });

  it.each(yamls)('accepts %s', (file) => {
    validate(parse(readFileSync(`scenarios/${file}`, 'utf8'), { merge: true }));
    expect(validate.errors ?? []).toEqual([]);
  });

  it.each([
    ['a bare number for a time', { timeline: [{ at: 3, fault: 'kill', target: 'primary' }] }],
    ['a text without a unit', { timeline: [{ at: '3', fault: 'kill', target: 'primary' }] }],
    ['neither at nor when', { timeline: [{ fault: 'kill', target: 'primary' }] }],
    ['both at and when', { timeline: [{ at: '3s', when: 'failed', fault: 'kill', target: 'primary' }] }],
    ['an unknown key', { tittle: 'x' }],
    ['an unknown fault', { timeline: [{ at: '3s', fault: 'kil', target: 'primary' }] }],
    ['an unknown objective', { objectives: { recovery_tme: '< 3s' } }],
  ])('refuses %s', (_, change) => {
    const good = {
      name: 'x',
      timeline: [{ at: '3s', fault: 'kill', target: 'primary' }],
      objectives: { recovery_time: '< 60s' },
    };
    expect(validate(good)).toBe(true);
    expect(validate({ ...good, 'x-mine': 1 })).toBe(true);
    expect(validate({ ...good, ...change })).toBe(false);
  });
});

describe('the catalogue', () => {
  it.each(files)('%s is valid, complete and named after its file', async (file) => {
    const all = await loadScenarios(`scenarios/${file}`);
    const [scenario] = all;
    const name = file.replace(/\.\w+$/, '');
    if (all.length === 1) expect(scenario!.name).toBe(name);
    // A matrix names each of its drills after the file and what varies.
    else for (const one of all) expect(one.name.startsWith(`${name}-`)).toBe(true);
    expect(scenario).toMatchObject({
      title: expect.any(String),
      description: expect.any(String),
      severity: expect.stringMatching(/^P[0-3]$/),
    });
    expect(scenario!.handbook.length).toBeGreaterThan(0);
    expect(planOf(scenario!).entries.length).toBeGreaterThan(0);
  });

  it.each(yamls)('%s tells editors where its schema is', (file) => {
    expect(readFileSync(`scenarios/${file}`, 'utf8').split('\n')[0]).toBe(
      '# yaml-language-server: $schema=../schema/scenario.schema.json',
    );
  });
});
