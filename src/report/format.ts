/** How measured values, limits and moments read in every report. */
import { traitsOf } from '../assertions/registry.js';
import type { Finding } from '../assertions/types.js';
import { formatMeasured, formatValue } from '../assertions/units.js';
import { formatDuration } from '../core/units.js';
import type { ProfileName } from '../recording/tables.js';
import type { Result } from './types.js';

export { formatMeasured, formatValue };

const words = { '<': 'under', '<=': 'at most', '>': 'over', '>=': 'at least', '==': 'exactly' } as const;

/** "under 8 s", "at least 60 %". */
export function formatLimit(finding: Pick<Finding, 'limit' | 'unit'>): string {
  const { op, limit } = finding.limit;
  if (finding.unit === 'boolean') return limit ? 'yes' : 'no';
  return `${words[op]} ${formatValue(limit, finding.unit)}`;
}

/** "+3.52 s" or "−0.5 s": a moment relative to another. The minus is a real one, so that columns line up. */
export function formatMoment(ms: number, digits = 2): string {
  const text = Math.abs(ms / 1000).toFixed(digits);
  return `${Number(text) === 0 ? '±' : ms < 0 ? '−' : '+'}${text} s`;
}

export const formatUncertainty = (ms: number | undefined): string => (ms ? `± ${formatDuration(ms)}` : '');

/** "redis 7.0.15", or with several servers in one topology "redis 7.0.15 and valkey 8.1.1". */
export function serverText({ environment, nodes }: Pick<Result, 'environment' | 'nodes'>): string {
  const all = [environment.server, ...nodes.map(({ server }) => server ?? environment.server)];
  return [...new Set(all.map(({ product, version }) => `${product} ${version}`))].join(' and ');
}

/** Of the clients that carry a load, by their settings. */
export const profileWords: Record<ProfileName, string> = {
  tuned: 'tuned',
  default: 'library defaults',
  patient: 'patient',
};

export const humanName = (objective: string): string => traitsOf(objective).called ?? objective.replaceAll('_', ' ');
