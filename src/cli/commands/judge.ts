import type { Command } from 'commander';
export const judge = (program: Command): Command => program.command('judge');
