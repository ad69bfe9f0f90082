import type { FleetKind } from '../kind.js';
import { startBare, whereabouts } from './bare.js';
import { clean } from './clean.js';
import { diagnose } from './doctor.js';
import { connectEngine } from './engine.js';
import { resolveImage } from './images.js';
import { openFleet } from './open.js';

/** Plain JavaScript that a clone runs before anything is built: known to the compiler by what it offers. */
const setupProgram = new URL('../../../docker/setup.mjs', import.meta.url).href;

export const docker: FleetKind = {
  answers: connectEngine,
  open: openFleet,
  resolveImage,
  clean,
  diagnose,
  setUp: async () => ((await import(setupProgram)) as { setUp(): Promise<number> }).setUp(),
  whereabouts,
  startBare,
};
