/** Scenarios in TypeScript: the same data as a YAML file, checked by the same schema. */
import type { z } from 'zod';
import type { ObjectiveName } from '../assertions/index.js';
import type { FaultType, faults } from '../faults/index.js';
import type { Fault } from '../faults/types.js';
import type { procedures } from '../recovery/index.js';
import type { ManagedProcedure, Procedure } from '../recovery/types.js';
import type { scenarioFields } from './schema.js';
import type {
  eachField,
  expectFields,
  neverFields,
  rememberFields,
  repeatField,
  runFields,
  waitFields,
} from './steps/fields.js';

type Written = z.input<z.ZodObject<Omit<typeof scenarioFields, 'timeline' | 'recovery' | 'objectives'>>>;

/** A step's own fields, as its schema reads them. */
type Fields<F extends z.ZodRawShape> = z.input<z.ZodObject<F>> & { id?: string };
type StepsInput = { on?: string | string[]; id?: string } & ({ steps: EntryInput[] } | { choose: EntryInput[] });
/** Carried out several times, or once for each item. */
type LoopInput = Partial<{ repeat: z.input<typeof repeatField>; each: z.input<typeof eachField> }>;
type StepInput<T> = (
  | Fields<typeof runFields>
  | Fields<typeof expectFields>
  | Fields<typeof neverFields>
  | Fields<typeof waitFields>
  | Fields<typeof rememberFields>
  | StepsInput
) &
  T;
/** What stands among steps has no trigger. */
type EntryInput = FaultInput<LoopInput> | ProcedureInput<LoopInput> | StepInput<LoopInput>;

type TriggerInput = LoopInput & { id?: string } & (
    | { at: string; when?: never }
    | { when: string; within?: string; at?: never }
  );

/** Names of parameters are completed; their values are checked when the scenario is loaded. */
type ParamsInput<P> = { [K in keyof P]?: unknown };

type FaultInput<T> = {
  [K in FaultType]: (typeof faults)[K] extends Fault<infer P>
    ? { fault: K; id?: string; target?: string | string[]; for?: string; probability?: string } & T & ParamsInput<P>
    : never;
}[FaultType];

type ProcedureInput<T> = {
  [K in keyof typeof procedures]: (typeof procedures)[K] extends Procedure<infer P> | ManagedProcedure<infer P>
    ? { procedure: K; id?: string } & T & ParamsInput<P>
    : never;
}[keyof typeof procedures];

export type ScenarioInput = Written & {
  timeline?: (FaultInput<TriggerInput> | StepInput<TriggerInput>)[];
  recovery?: (ProcedureInput<TriggerInput> | StepInput<TriggerInput>)[];
  objectives?: { [K in ObjectiveName]?: string | true | { limit: string | true; optional?: boolean } };
};

/** Gives a scenario its type: `export default defineScenario({ name: 'rolling-kills', … })`. */
export const defineScenario = (scenario: ScenarioInput): ScenarioInput => scenario;
