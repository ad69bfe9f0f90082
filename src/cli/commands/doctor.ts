import type { Command } from 'commander';
export const doctor = (program: Command): Command => program.command('doctor');
