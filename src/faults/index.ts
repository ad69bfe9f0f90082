/**
 * The one list of faults, by class: a folder each, whose index is its part of the list. The scenario schema, the CLI, the
 * docs and the contract test derive from it.
 */
import { data } from './data/index.js';
import { network } from './network/index.js';
import { node } from './node/index.js';
import { performance } from './performance/index.js';
import { replication } from './replication/index.js';
import { sentinel } from './sentinel/index.js';
import { slots } from './slots/index.js';
import { time } from './time/index.js';
import type { AnyFault } from './types.js';

export const faultClasses = {
  node,
  network,
  data,
  performance,
  replication,
  slots,
  sentinel,
  time,
} as const satisfies Record<string, Record<string, AnyFault>>;

export const faults = {
  ...node,
  ...network,
  ...data,
  ...performance,
  ...replication,
  ...slots,
  ...sentinel,
  ...time,
} as const satisfies Record<string, AnyFault>;
export type FaultType = keyof typeof faults;
export type { AnyFault, Environment, Fault, FaultContext, Heal } from './types.js';
export { DidNotBite } from './types.js';
