/** Workflow commands that GitHub turns into annotations on the scenario file. */
import { harmless } from '../core/harmless.js';
import { formatLimit, formatMeasured, humanName } from './format.js';
import { byUrgency, phrase } from './sentence.js';
import type { Result } from './types.js';

/** GitHub shows no more than this many of one level for a step. */
const SHOWN = 10;

const data = (text: string): string =>
  harmless(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

interface Annotation {
  level: 'error' | 'warning';
  file?: string | undefined;
  line?: number | undefined;
  title: string;
  message: string;
}

export function githubAnnotations(results: readonly Result[]): string[] {
  const all = results.flatMap(annotationsOf);
  return (['error', 'warning'] as const).flatMap((level) => {
    const mine = all.filter((a) => a.level === level);
    const shown = mine.length > SHOWN ? mine.slice(0, SHOWN - 1) : mine;
    const rest = mine.length - shown.length;
    if (rest > 0) shown.push({ level, title: 'redrill', message: `and ${rest} more: see the report` });
    return shown.map(command);
  });
}

function annotationsOf(result: Result): Annotation[] {
  if (result.verdict === 'skipped') return [];
  const { name, file } = result.scenario;
  const stages = result.stages.filter((s) => s.outcome === 'fail' || s.outcome === 'error');
  return [
    ...byUrgency(result.findings)
      .filter((f) => f.verdict !== 'pass')
      .map(
        (f): Annotation => ({
          level: f.verdict === 'fail' && !f.limit.optional ? 'error' : 'warning',
          file: f.limit.position?.file ?? file,
          line: f.limit.position?.line,
          title: `${name}: ${humanName(f.objective)}`,
          message:
            f.measured.value === null ? phrase(f) : `${formatMeasured(f.measured, f.unit)}, limit ${formatLimit(f)}`,
        }),
      ),
    ...stages.map(
      (s): Annotation => ({
        level: s.outcome === 'fail' ? 'error' : 'warning',
        file,
        title: `${name}: ${s.name}`,
        message: s.message,
      }),
    ),
  ];
}

function command({ level, file, line, title, message }: Annotation): string {
  const properties = [
    file && `file=${property(file)}`,
    file && line && `line=${line}`,
    `title=${property(title)}`,
  ].filter(Boolean);
  return `::${level} ${properties.join(',')}::${data(message)}`;
}
