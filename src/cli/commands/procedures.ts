import type { Command } from 'commander';
import { registryCommand } from '../registry.js';

export const procedures = (program: Command): Command =>
  registryCommand(program, 'procedure', 'list the recovery procedures and their parameters', async () =>
    (await import('../../scenarios/describe-registry.js')).describeProcedures(),
  );
