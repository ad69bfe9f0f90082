/** How much of an objective's budget was used: one scale for "under 8 s", "at most 50 lost" and "at least 99 % served". */
import type { Finding } from '../assertions/types.js';
import { formatValue } from './format.js';

export interface Margin {
  /**
   * Share of the budget used; 1 is exactly at the limit, Infinity is "never" or anything of a budget of nothing. Of an
   * "at least" percentage the budget is what may be missing: 87 % served of at least 60 % has used 13 of 40 points.
   */
  used?: number;
  /** "56 % of the budget unused", "1.2 s over". */
  text: string;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

export function margin(finding: Finding): Margin {
  const { measured, unit } = finding;
  const { op, limit } = finding.limit;
  if (measured.value === null) return { text: 'not measured' };
  if (measured.value === 'never') return { used: Number.POSITIVE_INFINITY, text: 'never within the run' };
  const value = measured.value;
  if (unit === 'boolean' || op === '==')
    return { text: finding.verdict === 'fail' ? 'not met' : unit === 'boolean' ? 'met' : 'exactly met' };
  const used = share(value, limit, op, unit);
  const off = distance(value, limit, unit);
  if (finding.verdict === 'fail')
    return { ...(used === undefined ? {} : { used }), text: off ? `${off} ${beyond(op)}` : 'at the limit' };
  if (used === undefined) return { text: off ? `${off} ${clear(op)}` : 'at the limit' };
  return { used, text: used <= 1 ? `${percent(1 - used)} of the budget unused` : 'at the limit' };
}

function share(value: number, limit: number, op: string, unit: Finding['unit']): number | undefined {
  if (op === '<' || op === '<=')
    return limit > 0 ? Math.max(value, 0) / limit : value > 0 ? Number.POSITIVE_INFINITY : undefined;
  // Of a count that should be high (slots, nodes) there is no budget, only a distance.
  if (unit !== 'percent') return undefined;
  return limit < 1 ? (1 - value) / (1 - limit) : value < 1 ? Number.POSITIVE_INFINITY : undefined;
}

function distance(value: number, limit: number, unit: Finding['unit']): string {
  const off = Math.abs(value - limit);
  if (off === 0) return '';
  if (unit === 'percent') return `${Number((off * 100).toPrecision(2))} points`;
  return formatValue(off, unit);
}

const beyond = (op: string): string => (op.startsWith('<') ? 'over' : 'short');
const clear = (op: string): string => (op.startsWith('<') ? 'under' : 'above');
