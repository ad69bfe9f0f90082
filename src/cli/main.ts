#!/usr/bin/env node
/** Builds the command line. What a command needs is only loaded when it runs: `redrill --help` answers at once. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { clean } from './commands/clean.js';
import { doctor } from './commands/doctor.js';
import { faults } from './commands/faults.js';
import { handbook } from './commands/handbook.js';
import { judge } from './commands/judge.js';
import { list } from './commands/list.js';
import { objectives } from './commands/objectives.js';
import { plan } from './commands/plan.js';
import { procedures } from './commands/procedures.js';
import { report } from './commands/report.js';
import { run } from './commands/run.js';
import { schema } from './commands/schema.js';
import { validate } from './commands/validate.js';
import { reportFailure } from './failure.js';

const examples = `Examples:
  redrill run scenarios/primary-segfault.yaml    crash a primary and judge the recovery
  redrill plan scenarios/primary-segfault.yaml   show what that would do, and start nothing`;

const exitCodes = `Exit codes:
  0    every objective was met
  1    an objective was missed
  2    inconclusive: it could not be found out (no engine, the fault had no effect, …)
  64   wrong usage, or an invalid scenario
  70   a bug in redrill
  130  interrupted by Ctrl-C (143: by SIGTERM)`;

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

function program(): Command {
  const redrill = new Command('redrill')
    .description(
      'Rehearses Redis and Valkey failures on real clusters in containers, and says with numbers whether the recovery objectives were met.',
    )
    .version(version)
    .option('--no-color', 'no colour, also by NO_COLOR=1')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('before', `${examples}\n`)
    .addHelpText('after', `\n${exitCodes}`)
    .exitOverride()
    .hook('preAction', () => {
      if (redrill.opts<{ color: boolean }>().color === false) {
        process.env.NO_COLOR = '1';
        delete process.env.FORCE_COLOR;
      }
    });
  redrill.commandsGroup('Drills:');
  for (const command of [run, plan, validate, list]) settle(command(redrill));
  redrill.commandsGroup('What there is:');
  for (const command of [faults, procedures, objectives, handbook, schema]) settle(command(redrill));
  redrill.commandsGroup('Finished runs:');
  for (const command of [report, judge]) settle(command(redrill));
  redrill.commandsGroup('This machine:');
  for (const command of [doctor, clean]) settle(command(redrill));
  return redrill;
}

/** Subcommands don't inherit these. */
const settle = (command: Command): Command =>
  command.exitOverride().showHelpAfterError('(`--help` shows what is possible)');

async function main(args: string[]): Promise<void> {
  if (args.length === 0) {
    process.stdout.write(
      `redrill rehearses Redis and Valkey failures.\n\n${examples}\n\n\`redrill --help\` lists the commands.\n`,
    );
    return;
  }
  await program().parseAsync(args, { from: 'user' });
}

// A closed pipe (`redrill list | head -1`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});
process.on('uncaughtException', (error) => process.exit(reportFailure(error)));
process.on('unhandledRejection', (error) => process.exit(reportFailure(error)));

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = reportFailure(error);
}
// A pipe takes no more than its buffer at once: what is longer than that would be cut off by the exit.
for (const stream of [process.stdout, process.stderr]) await new Promise((done) => stream.write('', done));
// Keep-alive sockets to the engine would hold the process for seconds after its work is done.
process.exit();
