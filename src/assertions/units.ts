/** Values of objectives in words, by unit. */
import { formatCount, formatDuration, formatPercent } from '../core/units.js';
import type { Measured, Unit } from './types.js';

export function formatValue(value: number, unit: Unit): string {
  if (unit === 'duration') return formatDuration(value);
  if (unit === 'percent') return formatPercent(value);
  if (unit === 'boolean') return value === 1 ? 'yes' : 'no';
  return formatCount(value);
}

export const formatMeasured = (measured: Measured, unit: Unit): string =>
  measured.value === null ? 'not measured' : measured.value === 'never' ? 'never' : formatValue(measured.value, unit);

export const unmeasured = (why: string): Measured => ({ value: null, why });
export const never = (note: string): Measured => ({ value: 'never', note });
