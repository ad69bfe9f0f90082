/** Scenarios in TypeScript: the same data as a YAML file, checked by the same schema. */
import type { z } from 'zod';
import type { ObjectiveName } from '../assertions/index.js';
import type { FaultType, faults } from '../faults/index.js';
import type { Fault } from '../faults/types.js';
import type { procedures } from '../recovery/index.js';
import type { Procedure } from '../recovery/types.js';
import type { scenarioFields } from './schema.js';

type Written = z.input<z.ZodObject<Omit<typeof scenarioFields, 'timeline' | 'recovery' | 'objectives'>>>;

type TriggerInput = { id?: string } & ({ at: string; when?: never } | { when: string; within?: string; at?: never });

/** Names of parameters are completed; their values are checked when the scenario is loaded. */
type ParamsInput<P> = { [K in keyof P]?: unknown };

type FaultInput = {
  [K in FaultType]: (typeof faults)[K] extends Fault<infer P>
    ? { fault: K; target?: string | string[]; for?: string; probability?: string } & TriggerInput & ParamsInput<P>
    : never;
}[FaultType];

type ProcedureInput = {
  [K in keyof typeof procedures]: (typeof procedures)[K] extends Procedure<infer P>
    ? { procedure: K } & TriggerInput & ParamsInput<P>
    : never;
}[keyof typeof procedures];

export type ScenarioInput = Written & {
  timeline?: FaultInput[];
  recovery?: ProcedureInput[];
  objectives: { [K in ObjectiveName]?: string | true | { limit: string | true; optional?: boolean } };
};

/** Gives a scenario its type: `export default defineScenario({ name: 'rolling-kills', … })`. */
export const defineScenario = (scenario: ScenarioInput): ScenarioInput => scenario;
