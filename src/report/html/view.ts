/** The page's time base: t = 0 is the moment the fault took effect. Everything on the page is placed by these functions. */
import { Status } from '../../recording/tables.js';
import type { ReportInput } from '../types.js';

export interface View {
  /** Of the topology. */
  kind: string;
  /** The page's zero on the run's clock, ms. */
  origin: number;
  /** What happened at zero, as the axis says it. */
  zeroIs: string;
  /** The stretch that the time axis shows, ms from the page's zero; empty when nothing was measured. */
  from: number;
  to: number;
  rel(t: number): number;
  /** "2025-03-12 10:00:11.400 UTC" of a moment on the run's clock. */
  wall(t: number): string;
}

export function viewOf({ recording, analysis }: ReportInput): View {
  const { clock, ops, probes, samples, faults, procedures, steps = [] } = recording;
  const origin = analysis.effective?.at ?? faults[0]?.requestedAt ?? clock.zero ?? 0;
  const { effective } = analysis;
  const zeroIs = effective
    ? faults.some((f) => f.id === effective.fault)
      ? 'the fault took effect'
      : `${effective.fault} began`
    : faults[0]
      ? 'the fault was requested'
      : clock.zero === undefined
        ? 'the run began'
        : 'the timeline began';
  const seen = [
    firstAndLast(ops.column('intended')),
    firstAndLast(probes.column('sent')),
    firstAndLast(samples.column('t')),
  ];
  const told = [
    ...momentsOf(analysis),
    ...procedures.flatMap((p) => [p.startedAt, p.endedAt]),
    ...faults.map((f) => f.healedAt),
    ...steps.map((s) => s.endedAt),
  ];
  const ends = told.filter((t) => t !== undefined);
  const known = seen.filter((s) => s !== undefined);
  const from = Math.min(...known.map((s) => s[0]));
  const to = Math.min(clock.end, Math.max(...known.map((s) => s[1]), ...ends));
  const measured = known.length > 0 && to > from;
  return {
    kind: recording.topology.kind,
    origin,
    zeroIs,
    from: measured ? from - origin : 0,
    to: measured ? to - origin : 0,
    rel: (t) => t - origin,
    wall: (t) => wallText(clock.wallAtZero + t),
  };
}

/** The ends of all phases of all recoveries. */
export const momentsOf = ({ incidents = [] }: ReportInput['analysis']): number[] =>
  incidents.flatMap((i) => Object.values(i.moments));

export const wallText = (epoch: number): string =>
  `${new Date(epoch).toISOString().replace('T', ' ').slice(0, 23)} UTC`;

// Rows are appended as things happen, so the ends of a column are its extremes up to one operation's length.
const firstAndLast = (column: ArrayLike<number>): [number, number] | undefined =>
  column.length === 0 ? undefined : [column[0]!, column[column.length - 1]!];

/** The moment an operation was answered; one that never was counts where it was due. */
export const answeredAt = (done: number, intended: number, status: number): number =>
  status === Status.pending || Number.isNaN(done) ? intended : done;

/** Round steps for an axis: about `wanted` of them. */
function step(span: number, wanted: number): number {
  const raw = span / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((n) => n * power).find((s) => s >= raw)!;
}

export function ticks(from: number, to: number, wanted = 10): number[] {
  if (to <= from) return [];
  const by = step(to - from, wanted);
  const out: number[] = [];
  for (let i = Math.ceil(from / by); i * by <= to; i++) out.push(i * by);
  return out;
}
