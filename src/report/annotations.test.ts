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
    expect(lines.at(-1)).toMatch(/a%0Ab$/);
  });

  it('are at most ten of a level, and say how many more there are', () => {
    const lines = githubAnnotations(Array.from({ length: 12 }, () => inputOf('minority').result));
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toContain('and 3 more');
  });
});
