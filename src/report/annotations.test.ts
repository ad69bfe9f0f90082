import { describe, expect, it } from 'vitest';
import { githubAnnotations } from './annotations.js';
import { brokenInput, inputOf } from './testing/inputs.js';

describe('GitHub annotations', () => {
  it('point at the line of the missed objective', () => {
    expect(githubAnnotations([inputOf('minority').result])).toEqual([
      '::error file=scenarios/minority-partition.yaml,line=21,title=minority-partition%3A lost acknowledged writes::247, limit at most 50',
    ]);
  });

  it('are warnings where nothing could be found out', () => {
    const lines = githubAnnotations([brokenInput('a\nb').result]);
    expect(lines.every((l) => l.startsWith('::warning '))).toBe(true);
    expect(lines.at(-1)).toContain('a%0Ab');
  });

  it('tell one cause once, with all that it left open', () => {
    const broken = (name: string) => {
      const { result } = brokenInput('no engine answers');
      return { ...result, scenario: { ...result.scenario, name } };
    };
    const [first, ...rest] = githubAnnotations([broken('a'), broken('b'), inputOf('minority').result]);
    expect(first).toMatch(/^::error .*title=minority-partition/);
    const told = rest.filter((line) => line.includes('no engine answers'));
    expect(told).toEqual([expect.stringMatching(/^::warning title=2 drills::no engine answers \(a: .*; b: .*\)$/)]);
    expect(githubAnnotations([broken('a')]).filter((line) => line.includes('no engine answers'))).toHaveLength(1);
  });

  it('tell once which drills were not begun', () => {
    expect(githubAnnotations([], '2 drills were not begun (a, b): no engine')).toEqual([
      '::warning title=redrill::2 drills were not begun (a, b): no engine',
    ]);
  });

  it('are at most ten of a level, and say how many more there are', () => {
    const lines = githubAnnotations(Array.from({ length: 12 }, () => inputOf('minority').result));
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toContain('and 3 more');
  });
});
