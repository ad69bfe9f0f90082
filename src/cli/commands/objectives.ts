import type { Command } from 'commander';
import { registryCommand } from '../registry.js';

export const objectives = (program: Command): Command =>
  registryCommand(program, 'objective', 'list the objectives and their units', async () =>
    (await import('../../scenarios/describe-registry.js')).describeObjectives(),
  );
