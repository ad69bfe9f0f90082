import type { Command } from 'commander';
export const clean = (program: Command): Command => program.command('clean');
