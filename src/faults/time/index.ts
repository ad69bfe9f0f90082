/** Clocks that are wrong. */
import { skewClock } from './skew-clock.js';

export const time = { 'skew-clock': skewClock };
