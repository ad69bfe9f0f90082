import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { classname, renderJunit } from './junit.js';
import { brokenInput, inputOf, skippedInput } from './testing/inputs.js';
import type { Result } from './types.js';
import { stageNames } from './types.js';

interface Case {
  name: string;
  classname: string;
  file?: string;
  line?: string;
  time: string;
  failure?: { message: string; type: string; '#text': string };
  error?: { message: string; type: string; '#text': string };
  skipped?: { message: string };
  'system-out': string;
  properties?: { property: { name: string; value: string }[] };
}

const arrays = new Set(['testcase', 'testsuite', 'property']);
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  isArray: (name) => arrays.has(name),
  trimValues: false,
  parseTagValue: false,
  processEntities: { enabled: true, maxTotalExpansions: 1e6, maxExpandedLength: 1e8 },
});

function read(results: Result[], options?: Parameters<typeof renderJunit>[1]) {
  const xml = renderJunit(results, options);
  expect(XMLValidator.validate(xml)).toBe(true);
  const root = parser.parse(xml).testsuites;
  const cases: Case[] = root.testsuite.flatMap((s: { testcase: Case[] }) => s.testcase);
  return { xml, root, cases, named: (name: string): Case => cases.find((c) => c.name === name)! };
}

describe('junit.xml', () => {
  it('has a suite for the scenario and a case for each fixed stage and objective', () => {
    const { root, cases } = read([inputOf().result]);
    expect(root.testsuite[0].name).toBe('A primary crashes and its replica takes over');
    expect(cases.map((c) => c.name).sort()).toEqual(
      [
        ...stageNames.filter((name) => name !== 'steps hold'),
        'recovery_time',
        'lost_acknowledged_writes',
        'availability',
        'redundancy_restored',
        'p99_after',
      ].sort(),
    );
    expect([root.tests, root.failures, root.errors, root.skipped]).toEqual(['11', '0', '0', '0']);
    expect(cases.every((c) => c.classname === 'drill.scenarios.primary-segfault')).toBe(true);
  });

  it('has every case of a skipped drill, all of them skipped, with the reason', () => {
    const { root, cases } = read([skippedInput('no such command').result]);
    expect([root.tests, root.failures, root.errors, root.skipped]).toEqual(['11', '0', '0', '11']);
    for (const c of cases) expect(c.skipped!.message).toContain('no such command');
  });

  it('says where the objective stands, what was measured and what the limit was', () => {
    const c = read([inputOf().result]).named('recovery_time');
    expect([c.file, c.line, c.time]).toEqual(['scenarios/primary-segfault.yaml', '20', '3.400']);
    expect(Object.fromEntries(c.properties!.property.map((p) => [p.name, p.value]))).toMatchObject({
      'measured.recovery_time_ms': '3400',
      'limit.recovery_time_ms': '8000',
      'budget.used': '0.425',
    });
  });

  it('calls a missed objective a failure and tells the whole story in its body', () => {
    const { root, named } = read([inputOf('never').result]);
    expect([root.failures, root.errors]).toEqual(['2', '1']);
    const failure = named('recovery_time').failure!;
    expect(failure.message).toMatch(/^recovery time never, limit under 8 s/);
    expect(failure.type).toBe('objective.recovery_time');
    for (const part of [
      'at scenarios/no-failover.yaml:20',
      'Recovery, from',
      'Acknowledged writes',
      'Reproduce: npx redrill run',
    ])
      expect(failure['#text']).toContain(part);
  });

  it('calls what could not be found out an error', () => {
    const { result } = inputOf();
    const f = {
      ...result.findings[0]!,
      verdict: 'inconclusive' as const,
      measured: { value: null, why: 'the affected slots saw no write' },
    };
    const c = read([{ ...result, findings: [f] }]).named('recovery_time');
    expect(c.failure).toBeUndefined();
    expect(c.error?.message).toBe('recovery time could not be measured: the affected slots saw no write');
  });

  it('reports a missed optional objective without failing the build', () => {
    const { result } = inputOf();
    const findings = result.findings.map((f) => (f.limit.optional ? { ...f, verdict: 'fail' as const } : f));
    const { root, named } = read([{ ...result, findings }]);
    expect([root.failures, root.skipped]).toEqual(['0', '1']);
    expect(named('p99_after').skipped?.message).toContain('(optional)');
  });

  it('keeps every planned case when the environment did not start: one error, the rest skipped', () => {
    const { root, named } = read([brokenInput().result]);
    expect([root.tests, root.failures, root.errors]).toEqual(['11', '0', '1']);
    expect(named('environment starts').error?.message).toContain('node-3 did not become ready');
    expect(named('recovery_time').skipped?.message).toContain('node-3 did not become ready');
    expect(named('environment torn down').skipped).toBeUndefined();
  });

  it('ends each system-out with the attachment, after the numbers', () => {
    const { cases } = read([inputOf('minority').result], { attachment: (r) => `reports/${r.runId}/index.html` });
    for (const c of cases)
      expect(c['system-out'].split('\n').at(-1)).toBe('[[ATTACHMENT|reports/synthetic-minority/index.html]]');
    expect(read([inputOf().result]).named('recovery_time')['system-out']).toMatch(
      /^passed: recovery time 3.4 s.*\nmeasured\.recovery_time_ms=3400\n/,
    );
  });

  it('gives two objectives of one name two names, because a second one would vanish', () => {
    const { result } = inputOf();
    const { cases } = read([{ ...result, findings: [result.findings[0]!, result.findings[0]!] }]);
    const names = cases.map((c) => c.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('recovery_time (2)');
  });

  it('survives what servers answer', () => {
    const nasty = '\u001b[31m<script>]]>&\u0000"\ud800';
    const { result } = inputOf('never');
    const findings = result.findings.map((f) => ({ ...f, measured: { value: 'never' as const, note: nasty } }));
    const { xml } = read([{ ...result, findings, warnings: [nasty], scenario: { ...result.scenario, title: nasty } }]);
    expect(xml).not.toContain('<script>');
  });

  it('has no dots inside the parts of a class name', () => {
    const { result } = inputOf();
    const named = (file: string, name: string) =>
      classname({ ...result, scenario: { ...result.scenario, file, name } });
    expect(named('./v1.2/x.yaml', 'a.b')).toBe('drill.v1_2.a_b');
    expect(named('x.yaml', 'a')).toBe('drill.a');
  });
});
