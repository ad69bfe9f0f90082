export type { Check } from './checks.js';
export { type CleanOptions, type CleanReport, clean } from './clean.js';
export { connectEngine as engineAnswers } from './docker/engine.js';
export { openFleet } from './docker/open.js';
export { diagnose } from './doctor.js';
export { resolveImage } from './images.js';
export type * from './types.js';
