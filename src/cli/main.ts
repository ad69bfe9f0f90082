#!/usr/bin/env node
/** Builds the command line. What a command needs is only loaded when it runs: `redrill --help` answers at once. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { messageOf } from '../core/errors.js';
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
import { setup } from './commands/setup.js';
import { validate } from './commands/validate.js';
import { reportFailure } from './failure.js';
import { outliveReaders } from './readers.js';
import { stopForBug, unwatchSignals } from './signals.js';

const examples = `Examples:
  redrill run primary-segfault    crash a primary and judge the recovery
  redrill plan primary-segfault   show what that would do, and start nothing
  redrill run drills/mine.yaml    rehearse a scenario of your own`;

const exitCodes = `Exit codes:
  0    every objective was met
  1    an objective was missed
  2    inconclusive: it could not be found out (no engine, the fault had no effect, …)
  64   wrong usage, or an invalid scenario
  70   a bug in redrill
  130  interrupted by Ctrl-C (143: by SIGTERM, 129: by SIGHUP)`;

const [MISSED, INCONCLUSIVE] = [1, 2];

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

function program(): Command {
  const redrill = new Command('redrill')
    .description(
      'Rehearses Redis and Valkey failures on real nodes in containers, and says with numbers whether the recovery objectives were met.',
    )
    .version(version)
    .option('--no-color', 'no colour, also by NO_COLOR=1')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('before', `${examples}\n`)
    .addHelpText('after', `\n${exitCodes}`)
    .exitOverride()
    .hook('preAction', async (_, command) => {
      if (redrill.opts<{ color: boolean }>().color === false) {
        process.env.NO_COLOR = '1';
        delete process.env.FORCE_COLOR;
      }
      const { use = [] } = command.opts<{ use?: string[] }>();
      if (use.length === 0) return;
      const { useEverywhere } = await import('../scenarios/use.js');
      for (const file of use) await useEverywhere(file);
    });
  redrill.commandsGroup('Drills:');
  for (const command of [run, plan, validate, list]) settle(command(redrill));
  redrill.commandsGroup('What there is:');
  for (const command of [faults, procedures, objectives, handbook, schema]) settle(command(redrill));
  redrill.commandsGroup('Finished runs:');
  for (const command of [report, judge]) settle(command(redrill));
  redrill.commandsGroup('This machine:');
  for (const command of [setup, doctor, clean]) settle(command(redrill));
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

const readers = outliveReaders();
const bug = (error: unknown): void => {
  const status = reportFailure(error);
  if (!stopForBug(messageOf(error))) process.exit(status);
};
process.on('uncaughtException', bug);
process.on('unhandledRejection', bug);

try {
  await main(process.argv.slice(2));
} catch (error) {
  const status = reportFailure(error);
  // That something could not be written down does not make a missed objective a matter of doubt.
  if (!(process.exitCode === MISSED && status === INCONCLUSIVE)) process.exitCode = status;
}
unwatchSignals();
// A command that sets a status has given a verdict; what the others print is all they are for.
if (!(await readers.served())) process.exitCode ??= INCONCLUSIVE;
// Keep-alive sockets to the engine would hold the process for seconds after its work is done.
process.exit();
