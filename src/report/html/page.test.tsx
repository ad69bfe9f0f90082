import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { newOps } from '../../recording/tables.js';
import { syntheticRecording } from '../../recording/testing/synthetic.js';
import { renderMarkdown } from '../markdown.js';
import { brokenInput, inputOf, skippedInput } from '../testing/inputs.js';
import type { ReportInput } from '../types.js';
import { renderOverview } from './overview.js';
import { renderHtml } from './page.js';

const scenarios = ['segfault', 'minority', 'never', 'replica'] as const;
const scripts = (html: string): string[] => [...html.matchAll(/<script(?:\s[^>]*)?>/g)].map((m) => m[0]);
const embedded = (html: string) =>
  JSON.parse(gunzipSync(Buffer.from(/id="packed">([^<]*)</.exec(html)![1]!, 'base64')).toString());

describe('index.html', () => {
  it.each(scenarios)('has the same bytes for the same recording: %s', (scenario) => {
    expect(renderHtml(inputOf(scenario, 500))).toBe(renderHtml(inputOf(scenario, 500)));
  });

  it('asks nothing of any network', () => {
    const html = renderHtml(inputOf());
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/\b(src|href)="(?!#)/);
    expect(html).not.toMatch(/url\((?!["']?data:)|@import/);
  });

  it('leads with the sentence and the failing objective', () => {
    const html = renderHtml(inputOf('minority'));
    expect(html.replaceAll('\u00a0', ' ')).toContain(inputOf('minority').result.sentence);
    expect(html.indexOf('lost acknowledged writes<')).toBeLessThan(html.indexOf('recovery time<'));
  });

  it('keeps text from scenarios, servers and clients text', () => {
    const evil = '<script>alert(1)</script><img src=x onerror="alert(2)">';
    const make = (): ReportInput => {
      const input = inputOf('minority', 300, (r) => ({
        ...r,
        scenario: { ...r.scenario, title: evil, name: evil, description: evil },
        seed: evil,
        warnings: [evil],
        logs: { [evil]: [{ t: 8000, text: `${evil} \u001b[31mred` }] },
        errorTexts: r.errorTexts.map(() => evil),
        environment: { ...r.environment, engine: evil, image: { name: evil, id: evil, origin: evil } },
        topology: { ...r.topology, config: { [evil]: evil } },
        faults: r.faults.map((f) => ({
          ...f,
          summary: evil,
          targetWords: evil,
          effective: { ...f.effective!, text: evil },
        })),
        procedures: r.procedures.map((p) => ({
          ...p,
          name: evil,
          summary: evil,
          trigger: evil,
          message: evil,
          steps: [{ at: 9000, took: 1, title: evil, command: evil, output: evil, node: evil, ok: false }],
        })),
        aborted: { code: 'X', message: evil },
      }));
      input.analysis.ledger.losses[0]!.key = evil;
      input.analysis.outages[0]!.answers = { [evil]: 3 };
      input.analysis.events[0]!.text = evil;
      input.analysis.phases[0]!.witness = evil;
      input.analysis.phases[0]!.note = evil;
      input.result.findings[0]!.measured = { value: null, why: evil };
      return input;
    };
    const html = renderHtml(make());
    const body = html.slice(html.indexOf('<body>'), html.indexOf('<script type="text/plain"'));
    expect(scripts(html)).toHaveLength(scripts(renderHtml(inputOf())).length);
    for (const sign of ['<script', '<img', '\u001b']) expect(body).not.toContain(sign);
    expect(body.match(/&lt;script>/g)!.length).toBeGreaterThan(15);
  });

  it('names every server of a topology that has several', () => {
    const server = { product: 'valkey', version: '8.1.1' } as const;
    const mixed = inputOf('segfault', 100, (r) => ({
      ...r,
      topology: { ...r.topology, nodes: r.topology.nodes.map((n) => (n.role === 'replica' ? { ...n, server } : n)) },
    }));
    expect(renderHtml(mixed)).toContain('redis 7.0.15 and valkey 8.1.1');
    expect(renderMarkdown(mixed.result)).toContain('redis 7.0.15 and valkey 8.1.1');
    expect(renderHtml(inputOf())).not.toContain('Began with');
  });

  it('hides what looks like a password', () => {
    const html = renderHtml(
      inputOf('segfault', 100, (r) => ({
        ...r,
        topology: { ...r.topology, config: { requirepass: 'hunter2', masterauth: 'hunter2' } },
      })),
    );
    expect(html).not.toContain('hunter2');
  });

  it('is honest and small when nothing was measured', () => {
    const html = renderHtml(brokenInput());
    expect(html.length).toBeLessThan(150_000);
    expect(html).toContain('Nothing was measured');
    expect(html).not.toContain('No shard stopped');
  });

  it('renders a run without load, one with only a procedure, and one that was stopped in the middle', () => {
    const bare = inputOf('segfault', 1, (r) => ({ ...r, ops: newOps(), workload: { ...r.workload, kind: 'none' } }));
    expect(renderHtml(bare)).not.toContain('id="latency"');
    const manual = inputOf('segfault', 300, (r) => ({ ...r, faults: [] }));
    manual.analysis.effective = { at: 11_450, uncertainty: 0, fault: 'restart-node' };
    expect(renderHtml(manual)).toContain('0 is the moment restart-node began');
    const stopped = inputOf('segfault', 300, (r) => ({
      ...r,
      stages: r.stages.slice(0, 4).map(({ to, ...s }, i) => (i === 3 ? s : { ...s, to: to! })),
      aborted: { code: 'ENGINE', message: 'the engine died' },
    }));
    expect(renderHtml(stopped)).toContain('settle: the engine died');
  });

  it('says what it leaves out', () => {
    const html = renderHtml(
      inputOf('minority', 300, (r) => ({
        ...r,
        logs: { 'node-1': Array.from({ length: 1000 }, (_, i) => ({ t: 8000 + i, text: `line ${i}` })) },
      })),
    );
    expect(html).toContain('The oldest 20 of 247');
    expect(html).toContain('820 lines are left out here; logs/node-1.log has them.');
  });

  it('embeds sums, not operations: ten times the load is not ten times the page', () => {
    const [few, many] = [1000, 50_000].map((ops) => renderHtml(inputOf('segfault', ops)).length);
    expect(many! / few!).toBeLessThan(2);
  });

  it('lets what was not answered count with what it waited, and no answers are zero of them', () => {
    const data = embedded(renderHtml(inputOf('segfault', 5000)));
    const at = data.x.findIndex((x: number) => x > 2.9);
    expect(data.series[0].p50[at]).toBeGreaterThan(100);
    expect(data.series[0].ok[at]).toBe(0);
    expect(data.series[0].fail[at]).toBeGreaterThan(0);
    expect(data.series.map((s: { name: string }) => s.name)).toEqual(['all clients', 'tuned', 'library defaults']);
  });
});

describe('the client script', () => {
  const client = readFileSync(new URL('./client.js', import.meta.url), 'utf8');

  it('can be parsed, and does not end its own element', () => {
    expect(() => new Script(client)).not.toThrow();
    expect(client).not.toContain('</script');
  });

  it('finds on the page every element it asks for by name', () => {
    const html = renderHtml(inputOf());
    for (const [, id] of client.matchAll(/getElementById\('([\w-]+)'\)/g)) expect(html).toContain(`id="${id}"`);
    for (const [, name] of client.matchAll(/\[data-(\w+)\]/g)) expect(html).toContain(`data-${name}="`);
    for (const [, id] of html.matchAll(/data-copy="([\w-]+)"/g)) expect(html).toContain(`id="${id}"`);
  });

  it('asks for colours that the palette has', () => {
    const sheet = readFileSync(new URL('./base.css', import.meta.url), 'utf8');
    for (const [, name] of client.matchAll(/colour\('([\w-]+)'\)/g)) expect(sheet).toContain(`--${name}:`);
  });
});

describe('the overview', () => {
  const entry = ({ result }: ReportInput, i: number) => ({ result, href: `${i}/index.html` });

  it('lists what was skipped last, and is not green where nothing else ran', () => {
    const html = renderOverview([skippedInput(), inputOf('segfault')].map(entry));
    expect(html).toContain('2 drills: 1 passed, 1 skipped');
    expect(html).toContain('class="page pass"');
    expect(html.indexOf('1/index.html')).toBeLessThan(html.indexOf('0/index.html'));
    expect(renderOverview([skippedInput()].map(entry))).toContain('class="page inconclusive"');
  });

  it('says which drills were not begun, and is no pass then', () => {
    const html = renderOverview([inputOf('segfault')].map(entry), '2 drills were not begun (a, b): no engine');
    expect(html).toContain('2 drills were not begun (a, b): no engine');
    expect(html).toContain('class="page inconclusive"');
  });

  it('counts verdicts, lists the failing first and links each report', () => {
    const html = renderOverview([inputOf('segfault'), inputOf('never'), brokenInput()].map(entry));
    expect(html).toContain('3 drills: 1 failed, 1 inconclusive, 1 passed');
    expect(html.indexOf('1/index.html')).toBeLessThan(html.indexOf('2/index.html'));
    expect(html.indexOf('2/index.html')).toBeLessThan(html.indexOf('0/index.html'));
  });
});

describe('charts', () => {
  it('count every operation once', () => {
    const recording = syntheticRecording({ ops: 5000 });
    const data = embedded(renderHtml(inputOf('segfault', 5000)));
    const [all] = data.series;
    const sum =
      [...all.ok, ...all.fail, ...all.unknown].reduce((a: number, b: number) => a + b, 0) * (data.bucket / 1000);
    expect(sum).toBeGreaterThan(recording.ops.length * 0.99);
    expect(sum).toBeLessThan(recording.ops.length * 1.01);
  });
});
