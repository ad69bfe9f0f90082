import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { type Scenario, stories, syntheticRecording } from '../recording/testing/synthetic.js';
import { buildResult } from './build.js';
import { renderHtml } from './html/page.js';
import { renderJson } from './json.js';
import { renderJunit } from './junit.js';
import { resultJsonSchema } from './schema.js';
import { skippedInput } from './testing/inputs.js';

const validate = new Ajv({ allErrors: true, strict: false }).compile(resultJsonSchema({ closed: true }));

describe('buildResult, with the real judge', () => {
  it.each(Object.keys(stories) as Scenario[])('makes a result that follows the schema and renders: %s', (scenario) => {
    const input = buildResult(syntheticRecording({ scenario }));
    validate(JSON.parse(renderJson(input.result)));
    expect(validate.errors ?? []).toEqual([]);
    expect(renderHtml(input)).toContain(input.result.scenario.name);
    expect(renderJunit([input.result])).toContain('testsuites');
    expect(input.result.sentence).toContain(input.result.scenario.name);
  });

  it('is the same for the same recording', () => {
    const json = () => renderJson(buildResult(syntheticRecording({})).result);
    expect(json()).toBe(json());
  });

  it('is skipped, and nothing else, when the server can not be drilled this way', () => {
    const input = skippedInput('no such command');
    validate(JSON.parse(renderJson(input.result)));
    expect(validate.errors ?? []).toEqual([]);
    expect(input.result).toMatchObject({
      verdict: 'skipped',
      sentence: 'primary-segfault was skipped: no such command',
    });
    for (const finding of input.result.findings)
      expect(finding.measured).toEqual({ value: null, why: 'skipped: no such command' });
    for (const stage of input.result.stages) expect(stage.outcome).toBe('skipped');
    expect(renderHtml(input)).toContain('was skipped: no such command');
  });

  it('is never a pass when the fault did not bite', () => {
    const recording = syntheticRecording({});
    const { effective: _, ...fault } = recording.faults[0]!;
    const { result } = buildResult({ ...recording, faults: [{ ...fault, error: 'DEBUG is refused' }] });
    expect(result.verdict).toBe('inconclusive');
    expect(result.sentence).toContain('the fault had no proven effect: f1: DEBUG is refused');
  });
});
