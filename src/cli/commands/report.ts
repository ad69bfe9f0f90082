import type { Command } from 'commander';
export const report = (program: Command): Command => program.command('report');
