import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { renderEvents, renderJson } from './json.js';
import { resultJsonSchema } from './schema.js';
import { brokenInput, inputOf } from './testing/inputs.js';

const ajv = new Ajv({ allErrors: true, strict: false });
const validate = ajv.compile(resultJsonSchema({ closed: true }));

describe('result.json', () => {
  it.each([
    ...(['segfault', 'minority', 'never', 'replica'] as const).map((s) => [s, inputOf(s)] as const),
    ['broken', brokenInput()] as const,
  ])('follows its published schema, with no field that the schema does not know: %s', (_, { result }) => {
    validate(JSON.parse(renderJson(result)));
    expect(validate.errors ?? []).toEqual([]);
  });

  it('is refused when it does not', () => {
    expect(validate({ ...inputOf().result, verdict: 'maybe' })).toBe(false);
  });

  it('has a schema on disk that is current (update it with vitest -u)', async () => {
    await expect(`${JSON.stringify(resultJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
      '../../schema/result.schema.json',
    );
  });

  it('never turns a number that is none into null', () => {
    const { result } = inputOf();
    expect(() => renderJson({ ...result, durationMs: Number.NaN })).toThrow('durationMs is NaN');
  });

  it("counts from the timeline's zero", () => {
    const { result } = inputOf();
    expect(result.clock).toEqual({ zeroAt: '2025-03-12T10:00:05.000Z', effective: 3000 });
    expect(result.phases.at(-1)!.at).toBe(3000 + 6700);
    expect(result.faults[0]!.effective!.at).toBe(3000);
  });
});

describe('events.ndjson', () => {
  it('has a JSON object a line, each with its wall clock', () => {
    const lines = renderEvents(inputOf())
      .trim()
      .split('\n')
      .map((l) => JSON.parse(l));
    expect(lines.find((e) => e.kind === 'effective')).toMatchObject({ t: 3000, at: '2025-03-12T10:00:08.000Z' });
  });
});
