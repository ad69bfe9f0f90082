export { type CleanOptions, type CleanReport, clean } from './clean.js';
export { openFleet } from './docker/open.js';
export { type Check, diagnose } from './doctor.js';
export { resolveImage } from './images.js';
export type * from './types.js';
