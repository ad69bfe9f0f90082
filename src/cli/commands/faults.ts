import type { Command } from 'commander';
import { registryCommand } from '../registry.js';

export const faults = (program: Command): Command =>
  registryCommand(program, 'fault', 'list the faults and their parameters', async () =>
    (await import('../../scenarios/describe-registry.js')).describeFaults(),
  );
