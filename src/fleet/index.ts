export { openFleet } from './docker/open.js';
export type * from './types.js';
