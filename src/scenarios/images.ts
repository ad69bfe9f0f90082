/** Which images a drill needs beside that of its topology. */
import { imagesOf } from '../topology/mixed.js';
import { proceduresIn } from './leaves.js';
import { procedureRegistry } from './registries.js';
import type { Scenario } from './types.js';

export const imagesFor = ({
  topology,
  timeline,
  recovery,
}: Pick<Scenario, 'topology' | 'timeline' | 'recovery'>): string[] => [
  ...new Set([
    ...imagesOf(topology).slice(1),
    ...proceduresIn([...timeline, ...recovery]).flatMap(
      ({ type, params }) => procedureRegistry[type]!.images?.(params) ?? [],
    ),
  ]),
];
