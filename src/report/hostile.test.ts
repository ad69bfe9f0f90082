/** Whatever servers, scenario files and logs say: no report carries it out, and no CI system that prints one. */
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { forTerminal } from '../core/harmless.js';
import type { Recording } from '../recording/recording.js';
import { syntheticRecording } from '../recording/testing/synthetic.js';
import { githubAnnotations } from './annotations.js';
import { buildResult } from './build.js';
import { renderConsole } from './console.js';
import { renderHtml } from './html/page.js';
import { renderJunit } from './junit.js';
import { renderMarkdown } from './markdown.js';

const nasty = (word: string): string =>
  `::error file=x::${word}\r\n::error::${word}\n  ##vso[task.complete]\u001b]0;${word}\u0007\u001b[2J\u0000\u202e\u009b1m\u{e0041}`;

/** Every text that somebody else writes. */
function hostile(): Recording {
  const recording = syntheticRecording({ ops: 200 });
  const [fault] = recording.faults;
  return {
    ...recording,
    scenario: {
      ...recording.scenario,
      title: nasty('title'),
      description: nasty('description'),
      tags: [nasty('tag')],
      severity: nasty('severity'),
      handbook: [nasty('handbook')],
      file: nasty('file'),
      variant: { of: nasty('of'), label: nasty('label') },
    },
    seed: nasty('seed'),
    faults: [
      {
        ...fault!,
        summary: nasty('summary'),
        targetWords: nasty('target'),
        effective: { ...fault!.effective!, text: nasty('effect') },
        error: nasty('fault error'),
      },
    ],
    stages: recording.stages.map((stage) => (stage.name === 'collect' ? { ...stage, error: nasty('stage') } : stage)),
    procedures: [
      {
        name: nasty('procedure'),
        summary: nasty('summary'),
        trigger: nasty('trigger'),
        startedAt: 1,
        steps: [
          { at: 1, took: 1, title: nasty('step'), command: nasty('command'), output: nasty('output'), ok: false },
        ],
        verdict: 'failed',
        message: nasty('message'),
      },
    ],
    steps: [
      {
        id: nasty('id'),
        entry: 'e',
        named: true,
        kind: 'run',
        title: nasty('step title'),
        expected: nasty('expected'),
        optional: false,
        nodes: ['node-1'],
        seen: nasty('seen'),
        attempts: 1,
        verdict: 'not met',
        why: nasty('why'),
        startedAt: 1,
        endedAt: 2,
      },
    ],
    logs: { 'node-1': [{ t: 9000, text: nasty('log line') }] },
    warnings: [nasty('warning')],
    environment: { ...recording.environment, engine: nasty('engine'), host: nasty('host') },
  };
}

const input = buildResult(hostile());
const outputs = {
  console: forTerminal(renderConsole(input.result)),
  'summary.md': renderMarkdown(input.result),
  'junit.xml': renderJunit([input.result]),
  // The scripts are ours.
  'index.html': renderHtml(input).replace(/<script[\s\S]*/, ''),
};

describe('a drill full of hostile texts', () => {
  it.each(Object.entries(outputs))('has nothing in %s that would be obeyed', (_, text) => {
    expect(text).toContain('title');
    expect(text).not.toMatch(/[^\P{Cc}\n\t]/u);
    expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u);
  });

  it.each(['console', 'summary.md'] as const)('has no line in %s that a CI system would carry out', (name) => {
    expect(outputs[name]).not.toMatch(/^\s*::/m);
    expect(outputs[name]).not.toMatch(/##(vso|teamcity)?\[/);
  });

  it('gives XML that is well formed, and one line to each annotation', () => {
    expect(() => new XMLParser({ ignoreAttributes: false }).parse(outputs['junit.xml'], true)).not.toThrow();
    for (const line of githubAnnotations([input.result])) {
      expect(line).toMatch(/^::(error|warning) [^\n\r]*$/);
      expect(line.match(/::/g)!.length).toBeGreaterThanOrEqual(2);
    }
  });
});
