/** Values of objectives in words, by unit. */
import { formatCount, formatDuration, formatPercent } from '../core/units.js';
import type { Measured, Unit } from './types.js';

export function formatValue(value: number, unit: Unit): string {
  if (unit === 'duration') return value === 0 ? '0 s' : formatDuration(value);
  if (unit === 'percent') return formatPercent(value);
  if (unit === 'boolean') return value === 1 ? 'yes' : 'no';
  return formatCount(value);
}

export function formatMeasured(measured: Measured, unit: Unit): string {
  if (measured.value === null) return 'not measured';
  if (measured.value === 'never') return 'never';
  const least = formatValue(measured.value, unit);
  if (measured.atMost === null) return `at least ${least}`;
  const most = measured.atMost === undefined ? least : formatValue(measured.atMost, unit);
  return most === least ? least : `${least} to ${most}`;
}

export const unmeasured = (why: string): Measured => ({ value: null, why });
export const never = (note: string): Measured => ({ value: 'never', note });
