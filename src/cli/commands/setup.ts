import type { Command } from 'commander';

export const setup = (redrill: Command): Command =>
  redrill
    .command('setup')
    .summary('install an engine and fetch or build the images, where they are missing')
    .description(
      'Makes this machine ready for drills: a container engine (as root on Debian or Ubuntu, where none answers), the node image redis:7.0 and the tools image. What is there is left alone.',
    )
    .action(async () => {
      const { setUp } = await import('../../fleet/index.js');
      process.exitCode = await setUp();
    });
