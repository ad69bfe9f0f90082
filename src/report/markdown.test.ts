import { describe, expect, it } from 'vitest';
import { md, renderMarkdown } from './markdown.js';
import { brokenInput, inputOf, skippedInput } from './testing/inputs.js';

describe('summary.md', () => {
  it('holds verdict, objectives, phases, losses and the way to reproduce', () => {
    const text = renderMarkdown(inputOf('minority').result);
    for (const part of [
      '## ✗ A primary is cut off',
      '| ✗ fail | lost acknowledged writes | 247 | at most 50 | 197 over |',
      '### Recovery',
      '| served | 90 ms ± 5 ms | 0 ms to 300 ms: in range | probe of shard 1 |',
      '- 247 written to the minority side',
      '`npx redrill run scenarios/minority-partition.yaml --seed synthetic`',
    ])
      expect(text).toContain(part);
  });

  it('says of a skipped drill no more than why', () => {
    const text = renderMarkdown(skippedInput('no such command').result);
    expect(text).toContain('**primary-segfault was skipped: no such command**');
    expect(text).not.toMatch(/Objective|Acknowledged/);
  });

  it('tells why a run without data has none', () => {
    expect(renderMarkdown(brokenInput('no engine').result)).toMatch(/\*\*environment starts\*\*: no engine/);
  });

  it('keeps text from elsewhere text', () => {
    expect(md('<img src=x> | `a` **b** @octocat\nnext')).toBe(
      '&lt;img src=x&gt; \\| \\`a\\` \\*\\*b\\*\\* @\u200boctocat next',
    );
  });

  it('stays small enough for a job summary, and says what it cut', () => {
    const { result } = inputOf();
    const text = renderMarkdown({
      ...result,
      warnings: Array.from({ length: 50_000 }, (_, i) => `warning number ${i}`),
    });
    expect(text.length).toBeLessThan(1024 * 1024);
    expect(text).toContain('cut here');
  });
});
