/** The one list of faults; the scenario schema, the CLI, the docs and the contract test derive from it. */
import { isolate } from './isolate.js';
import { kill } from './kill.js';
import { pause } from './pause.js';
import { restart } from './restart.js';
import { segfault } from './segfault.js';
import { split } from './split.js';
import { stop } from './stop.js';
import type { AnyFault } from './types.js';

export const faults = { segfault, kill, stop, restart, pause, isolate, split } as const satisfies Record<
  string,
  AnyFault
>;
export type FaultType = keyof typeof faults;
export type { AnyFault, Environment, Fault, FaultContext, Heal } from './types.js';
export { DidNotBite } from './types.js';
