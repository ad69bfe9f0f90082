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
  drill: string;
  /** Objective or stage. */
  what: string;
  message: string;
  /** What kept it from being found out; others may have the same. */
  cause?: string;
}
type Shown = Pick<Annotation, 'level' | 'file' | 'line' | 'message'> & { title: string };

/** `unrun`: which drills were not begun, and why. */
export function githubAnnotations(results: readonly Result[], unrun?: string): string[] {
  const all = byCause(results.flatMap(annotationsOf)).map(shownAs);
  if (unrun !== undefined) all.unshift({ level: 'warning', title: 'redrill', message: unrun });
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
  const { aborted, scenario, stages } = result;
  const { name: drill, file } = scenario;
  // What stopped the run is told in many words, and is one thing.
  const causeIn = (text: string): string => (aborted && text.includes(aborted.message) ? aborted.message : text);
  const found = byUrgency(result.findings)
    .filter((f) => f.verdict !== 'pass')
    .map(
      (f): Annotation => ({
        level: f.verdict === 'fail' && !f.limit.optional ? 'error' : 'warning',
        file: f.limit.position?.file ?? file,
        line: f.limit.position?.line,
        drill,
        what: humanName(f.objective),
        ...(f.measured.value === null
          ? { message: phrase(f), cause: causeIn(f.measured.why) }
          : { message: `${formatMeasured(f.measured, f.unit)}, limit ${formatLimit(f)}` }),
      }),
    );
  const broken = stages
    .filter((s) => s.outcome === 'fail' || s.outcome === 'error')
    .map(
      (s): Annotation => ({
        level: s.outcome === 'fail' ? 'error' : 'warning',
        file,
        drill,
        what: s.name,
        message: s.message,
        ...(s.outcome === 'error' && { cause: causeIn(s.message) }),
      }),
    );
  return [...found, ...broken];
}

/** One cause is told once, however many objectives and drills it left open: the few that are shown are wanted for others. */
function byCause(annotations: readonly Annotation[]): Annotation[][] {
  const groups = new Map<string, Annotation[]>();
  annotations.forEach((annotation, i) => {
    const key = annotation.cause === undefined ? `${i}` : `${annotation.level} ${annotation.cause}`;
    groups.set(key, [...(groups.get(key) ?? []), annotation]);
  });
  return [...groups.values()];
}

function shownAs(group: Annotation[]): Shown {
  const [first] = group as [Annotation];
  const { level, file, line, drill, what, cause } = first;
  if (group.length === 1) return { level, file, line, title: `${drill}: ${what}`, message: first.message };
  const drills = [...new Set(group.map((a) => a.drill))];
  const whats = (name: string): string => group.flatMap((a) => (a.drill === name ? [a.what] : [])).join(', ');
  if (drills.length === 1) return { level, file, title: drill, message: `${cause} (${whats(drill)})` };
  const named = drills.slice(0, SHOWN).map((name) => `${name}: ${whats(name)}`);
  const more = drills.length > SHOWN ? [`${drills.length - SHOWN} more`] : [];
  return { level, title: `${drills.length} drills`, message: `${cause} (${[...named, ...more].join('; ')})` };
}

function command({ level, file, line, title, message }: Shown): string {
  const properties = [
    file && `file=${property(file)}`,
    file && line && `line=${line}`,
    `title=${property(title)}`,
  ].filter(Boolean);
  return `::${level} ${properties.join(',')}::${data(message)}`;
}
