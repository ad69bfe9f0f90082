/** Carries out what is neither fault nor procedure: commands with their replies, expectations, waits. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../core/errors.js';
import { seeded } from '../core/rng.js';
import { formatDuration } from '../core/units.js';
import type { StepRecord } from '../recording/deeds.js';
import { expectedOf } from '../scenarios/steps/describe.js';
import { errorIn, listText, meets, meetsError, textOf } from '../scenarios/steps/meet.js';
import { pick } from '../scenarios/steps/pick.js';
import { secretsIn, secretsOfReply } from '../scenarios/steps/secrets.js';
import { showReply } from '../scenarios/steps/show.js';
import { fill, NotSaved } from '../scenarios/steps/values.js';
import type { ExpectStep, PlannedStep, RememberStep, RunStep, WaitStep } from '../scenarios/types.js';
import { formatWhen } from '../scenarios/when.js';
import type { Connection } from '../server/connection.js';
import { NoReply } from '../server/no-reply.js';
import { type Reply, ReplyError } from '../server/resp.js';
import { learn, redact } from '../topology/access.js';
import type { ManagedNode } from '../topology/types.js';
import { resolve } from './contexts.js';
import { throwIfInterrupted } from './course.js';
import { type Baseline, lineBetween, watchFor } from './events.js';
import type { Found } from './found.js';
import type { Drill } from './types.js';
import { LOOK, nothingRead, type Outcome, tryTo, watchOut, youngerLooks } from './watch-out.js';

/** ms between two tries of a command. */
const AGAIN = 50;
/** What of a reply is kept. */
const KEPT = 4000;

/** @returns whether what follows may be carried out. Never rejects but for an interruption. */
export async function carryOutStep(step: PlannedStep, drill: Drill, before: Baseline): Promise<boolean> {
  const record = drill.steps.find(({ id }) => id === step.id)!;
  const { now } = drill.clock;
  record.startedAt = now();
  drill.progress.phase('step', record.title);
  let outcome: Outcome;
  try {
    outcome = await attempt(step, drill, record, before);
  } catch (error) {
    // Also of a run that is stopped: reports tell its times.
    Object.assign(record, { endedAt: now(), verdict: 'unknown', why: messageOf(error) });
    throwIfInterrupted(drill);
    const late = drill.giveUp.signal.aborted;
    outcome = { met: false, unknown: true, why: late ? 'the budget of the run was used up before' : messageOf(error) };
  }
  record.endedAt = now();
  record.verdict = outcome.met ? 'met' : outcome.unknown ? 'unknown' : 'not met';
  const clean = (text: string): string => redact(text, drill.topology.access.secrets).slice(0, KEPT);
  if (outcome.seen !== undefined) record.seen = clean(outcome.seen);
  if (outcome.why !== undefined) {
    record.why = clean(outcome.why);
    drill.progress.note(`${record.title}: ${record.verdict}: ${record.why}`);
  }
  return outcome.met || step.optional;
}

function attempt(step: PlannedStep, drill: Drill, record: StepRecord, before: Baseline): Promise<Outcome> {
  switch (step.kind) {
    case 'run':
      return runCommands(step, drill, record);
    case 'expect':
      return expectStates(step, drill, record, before);
    case 'never':
      return watchOut(step, drill, record);
    case 'wait':
      return waitOn(step, drill, record, before);
    case 'remember':
      return remember(step, drill, record);
  }
}

async function runCommands(step: RunStep, drill: Drill, record: StepRecord): Promise<Outcome> {
  const deadline = drill.clock.now() + (step.within ?? 0);
  for (;;) {
    drill.signal.throwIfAborted();
    record.attempts++;
    const outcome = await tryOnce(step, drill, record);
    const left = deadline - drill.clock.now();
    if (outcome.met || outcome.unknown || left <= 0) return outcome;
    await sleep(Math.min(AGAIN, left), undefined, { signal: drill.signal });
  }
}

/** Who is meant is asked each time: a command that is sent until it works follows a shard to its new primary. */
async function tryOnce(step: RunStep, drill: Drill, record: StepRecord): Promise<Outcome> {
  try {
    const nodes = await resolve(drill, step.on, seeded(`${drill.plan.seed}/${step.id}`));
    record.nodes = nodes.map(({ name }) => name);
    const outcomes: Outcome[] = [];
    for (const node of nodes) outcomes.push(await ask(step, node, drill));
    const wrong = outcomes.find(({ met }) => !met);
    const label = (text: string | undefined, i: number): string =>
      nodes.length === 1 ? (text ?? '') : `${nodes[i]!.name}: ${text ?? ''}`;
    return {
      met: wrong === undefined && outcomes.length > 0,
      seen: outcomes.map(({ seen }, i) => label(seen, i)).join('\n'),
      ...(wrong && { why: label(wrong.why, outcomes.indexOf(wrong)) }),
    };
  } catch (error) {
    return { met: false, unknown: error instanceof NotSaved, why: messageOf(error) };
  }
}

/** On a connection of its own: what a command leaves behind (ASKING, MULTI, another user) must reach nobody else. */
async function ask(step: RunStep, node: ManagedNode, drill: Drill): Promise<Outcome> {
  const connection = node.open({ timeout: step.timeout });
  try {
    let reply: Reply | undefined;
    /** A command that was refused while it was queued: EXEC tells, which may be what is expected. */
    let refused: string | undefined;
    // Our own login comes first, and Valkey 8.1 does not answer a refused one that arrives together with it.
    if (/^(AUTH|HELLO)$/i.test(step.commands[0]![0]!)) await replyTo(['PING'], connection, step.timeout);
    for (const [i, args] of step.commands.entries()) {
      const filled = args.map((arg) => fill(arg, drill.values));
      reply = await replyTo(filled, connection, step.timeout);
      learn(drill.topology.access.secrets, [...secretsIn(filled), ...secretsOfReply(filled, reply)]);
      const early = i < step.commands.length - 1;
      if (!early || (reply !== undefined && !(reply instanceof ReplyError))) continue;
      const why = `${args[0]}: ${showReply(reply)}`;
      if (reply === undefined || !queued(step.commands, i)) return { met: false, seen: showReply(reply), why };
      refused ??= why;
    }
    if (refused !== undefined && !(reply instanceof ReplyError))
      return { met: false, seen: showReply(reply), why: refused };
    const outcome = judgeReply(step, reply, drill);
    return refused === undefined || outcome.met ? outcome : { ...outcome, why: `${outcome.why}; ${refused}` };
  } finally {
    connection.close();
  }
}

/** Stands it between MULTI and an EXEC that ends the step? */
function queued(commands: readonly string[][], at: number): boolean {
  const names = commands.map(([word = '']) => word.toUpperCase());
  const ends = names.at(-1) === 'EXEC' && !names.slice(at, -1).some((name) => name === 'EXEC' || name === 'DISCARD');
  return ends && names.slice(0, at).lastIndexOf('MULTI') > names.slice(0, at).lastIndexOf('EXEC');
}

async function replyTo(args: string[], connection: Connection, timeout: number): Promise<Reply | undefined> {
  try {
    return await connection.call(args, timeout);
  } catch (error) {
    if (error instanceof ReplyError) return error;
    if (error instanceof NoReply) return undefined;
    throw error;
  }
}

function judgeReply(step: RunStep, reply: Reply | undefined, { values }: Drill): Outcome {
  const seen = showReply(reply);
  const asked = `${seen.split('\n', 1)[0]}, where ${expectedOf(step)} was expected`;
  if (step.error) return meetsError(step.error, reply, values) ? { met: true, seen } : { met: false, seen, why: asked };
  if (reply === undefined || reply instanceof ReplyError) return { met: false, seen, why: asked };
  let part: Reply;
  try {
    part = pick(step.pick, reply, values);
  } catch (error) {
    if (error instanceof NotSaved) throw error;
    return { met: false, seen, why: messageOf(error) };
  }
  const failed = errorIn(part);
  if (step.reply ? meets(step.reply, part, values) !== true : failed !== undefined)
    return {
      met: false,
      seen,
      why: `${showReply(failed ?? part).split('\n', 1)[0]}, where ${expectedOf(step)} was expected`,
    };
  if (step.save !== undefined) {
    const kept = Array.isArray(part) ? listText(part) : textOf(part);
    if (kept === undefined) return { met: false, seen, why: `${showReply(part)} is nothing that can be saved` };
    values.set(step.save, kept);
  }
  return { met: true, seen };
}

/** What is expected at once is looked for in looks that are younger than the step itself. */
async function expectStates(step: ExpectStep, drill: Drill, record: StepRecord, before: Baseline): Promise<Outcome> {
  const { now } = drill.clock;
  const started = now();
  const watches = step.conditions.map((event) => watchFor(event, drill, before));
  const look = (): Found => together(watches.map(tryTo));
  await youngerLooks(drill, started);
  const deadline = started + (step.within ?? 0);
  let since: number | undefined;
  for (;;) {
    drill.signal.throwIfAborted();
    record.attempts++;
    const { holds, text } = look();
    if (holds === true) since ??= now();
    else since = undefined;
    if (since !== undefined && now() - since >= (step.for ?? 0)) return { met: true, seen: text };
    if (since === undefined && now() >= deadline) {
      const why = `${text}, where ${expectedOf(step)} was expected`;
      const mute = holds === false ? await muteLog(step, watches.map(tryTo), drill, before.t) : undefined;
      // What nobody could see is not known to be wrong.
      return mute === undefined
        ? { met: false, unknown: holds === undefined, seen: text, why }
        : { met: false, unknown: true, seen: text, why: `${why}; ${nothingRead(mute)}` };
    }
    await sleep(LOOK, undefined, { signal: drill.signal });
  }
}

/** Who may have printed the line that is missing, where nobody could read it; undefined where something else is wrong too. */
async function muteLog(step: ExpectStep, sights: Found[], drill: Drill, since: number): Promise<string | undefined> {
  const wrong = step.conditions.filter((_, i) => sights[i]!.holds === false);
  if (!wrong.every(({ on }) => on === 'log')) return undefined;
  return (await lineBetween(wrong, drill, since, drill.clock.now())).mute;
}

export function together(sights: readonly Found[]): Found {
  const text = [...new Set(sights.map((sight) => sight.text))].join('; ');
  const answers = sights.map(({ holds }) => holds);
  return { text, holds: answers.includes(false) ? false : answers.includes(undefined) ? undefined : true };
}

async function waitOn(step: WaitStep, drill: Drill, record: StepRecord, before: Baseline): Promise<Outcome> {
  const { until } = step;
  if ('time' in until) {
    await sleep(until.time, undefined, { signal: drill.signal });
    return { met: true };
  }
  const watch = watchFor(until.event, drill, before);
  const deadline = drill.clock.now() + (until.within ?? drill.plan.budget);
  for (;;) {
    drill.signal.throwIfAborted();
    record.attempts++;
    const { holds, text } = tryTo(watch);
    if (holds === true) return { met: true, seen: text };
    if (drill.clock.now() >= deadline)
      return {
        met: false,
        unknown: true,
        why: `"${formatWhen(until.event)}" did not happen within ${formatDuration(until.within ?? drill.plan.budget)}: ${text}`,
      };
    await sleep(LOOK, undefined, { signal: drill.signal });
  }
}

async function remember(step: RememberStep, drill: Drill, record: StepRecord): Promise<Outcome> {
  const nodes = await resolve(drill, step.who, seeded(`${drill.plan.seed}/${step.id}`));
  record.nodes = nodes.map(({ name }) => name);
  record.attempts = 1;
  if (nodes.length !== 1)
    return { met: false, unknown: true, why: `${step.who} are ${nodes.length} nodes: one can be remembered` };
  drill.values.set(step.save, nodes[0]!.name);
  return { met: true, seen: nodes[0]!.name };
}
