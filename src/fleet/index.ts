/** The one place where it is decided what runs the servers. Everybody else knows the boundary alone. */
import { docker } from './docker/index.js';
import type { FleetKind } from './kind.js';

/** A new kind of fleet: a folder that offers this, and a line here. */
const fleets = { docker } as const satisfies Record<string, FleetKind>;

const chosen: FleetKind = fleets.docker;

export const engineAnswers = chosen.answers;
export const openFleet = chosen.open;
export const { resolveImage, clean, diagnose, setUp, whereabouts, startBare } = chosen;

export type * from './types.js';
