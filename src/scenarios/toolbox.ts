/**
 * What a file of a user's gets by `import … from 'redrill'`: all that a scenario, a fault, a procedure or an objective of their own
 * is made of, and no more.
 */
export { defineObjective, type Measured, type Objective } from '../assertions/types.js';
export { unmeasured } from '../assertions/units.js';
export { noIncident, unprobed } from '../assertions/watch.js';
export { duration, percent, rate, size } from '../core/fields.js';
export { until } from '../core/until.js';
export { type Timed, timed } from '../faults/moment.js';
export {
  DidNotBite,
  defineFault,
  type Fault,
  type FaultContext,
  type Heal,
  type Injected,
  type Undoing,
} from '../faults/types.js';
export { nodeByNode, reversible, type Undo } from '../faults/undo.js';
export type { Evidence } from '../recording/deeds.js';
export {
  defineManagedProcedure,
  defineProcedure,
  type ManagedContext,
  type ManagedProcedure,
  type Procedure,
  type ProcedureContext,
} from '../recovery/types.js';
export { NoReply } from '../server/no-reply.js';
export { ReplyError } from '../server/resp.js';
export type { Analysis } from '../timeline/types.js';
export type { ManagedNode } from '../topology/types.js';
export { defineScenario, type ScenarioInput } from './define.js';
