/** Carries out one fault of the plan: injects it, has its effect proven, heals it in time, and writes down what happened. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../core/errors.js';
import { WaitTimeout } from '../core/until.js';
import type { AnyFault } from '../faults/index.js';
import { DidNotBite } from '../faults/index.js';
import type { FaultRecord } from '../recording/deeds.js';
import { faultRegistry } from '../scenarios/registries.js';
import type { PlannedFault } from '../scenarios/types.js';
import { faultContext, resolve } from './contexts.js';
import { throwIfInterrupted } from './course.js';
import { asEvidence, asInjected, called, comesBack, isForeign, Misbehaved } from './foreign.js';
import { healing } from './healing.js';
import { moment } from './moment.js';
import type { Drill } from './types.js';

/** How an entry went: whether what follows it may be carried out, and when it is wholly over, its fault healed too. */
export interface Carried {
  ok: boolean;
  over: Promise<void>;
}

/** Returns as soon as the fault has taken effect, or has not. */
export async function runFault(entry: PlannedFault, drill: Drill): Promise<Carried> {
  const fault: AnyFault = faultRegistry[entry.type]!;
  const record = blankRecord(entry, fault);
  const ctx = faultContext(drill, entry.id, (why) => {
    if (record.over || record.healedAt !== undefined) return;
    record.over = { at: drill.clock.now(), why };
    drill.progress.note(`${entry.id} is over: ${why}`);
  });
  const back = <T>(work: () => Promise<T>, what: string): Promise<T> =>
    isForeign('faults', entry.type) ? comesBack(work, `${what} of ${called(entry.type)}`, drill) : work();
  let over = Promise.resolve();
  try {
    await moment(entry.trigger, drill);
    const targets = entry.targetWords.length > 0 ? await resolve(drill, entry.targetWords, ctx.rng) : [];
    record.targets = targets.map((node) => node.name);
    // When it ends a node that was started a moment ago, nobody could tell when that fell silent.
    if (fault.impact === 'stops') await Promise.all(targets.map(({ name }) => drill.prober.heard(name, drill.signal)));
    record.requestedAt = drill.clock.now();
    drill.faults.push(record);
    const { topology } = drill;
    const servers = targets.length > 0 ? targets.map(({ server }) => server) : [topology.server];
    for (const server of servers) {
      const supported = fault.supports?.({ topology: topology.spec, server });
      if (typeof supported === 'string') throw new DidNotBite(supported);
    }
    drill.progress.phase('inject', `${entry.type}${targets.length > 0 ? ` on ${record.targets.join(', ')}` : ''}`);
    const injected = asInjected(await back(() => fault.inject(targets, entry.params, ctx), 'inject'), entry.type);
    record.targets = [...new Set([...record.targets, ...(injected.hits ?? []).map(({ name }) => name)])];
    record.cutOff = [...(injected.cutOff ?? [])];
    if (injected.starved?.length) record.starved = [...injected.starved];
    drill.live.push({
      record,
      leavesState: fault.leavesState === true,
      heal: healing(injected, record, drill.clock),
    });
    if (entry.for !== undefined) over = healAfter(entry.for, drill);
    const { requestedAt } = record;
    const seen = await back(() => fault.effect(targets, entry.params, ctx, { ...injected, requestedAt }), 'effect');
    const evidence = asEvidence(seen, record, drill.clock.now());
    // What shows only after it was undone is somebody else's doing.
    if (record.healedAt !== undefined && evidence.at - evidence.uncertainty > record.healedAt)
      throw new DidNotBite(`it was healed before anything showed; afterwards: ${evidence.text}`);
    record.effective = evidence;
    drill.progress.note(`${entry.type} took effect: ${record.effective.text}`);
    if (fault.lasting) await drill.live.find((one) => one.record === record)?.heal();
    return { ok: true, over };
  } catch (error) {
    const known = drill.faults.includes(record);
    const lost = drill.topology.fleet.lost.aborted && known;
    if (lost) addReason(record, `${messageOf(error)}; ${await byProbes(record, drill)}`);
    throwIfInterrupted(drill);
    if (!known) {
      record.requestedAt = drill.clock.now();
      drill.faults.push(record);
    }
    const told = error instanceof DidNotBite || error instanceof WaitTimeout || error instanceof Misbehaved;
    const what = record.effective ? 'healed' : 'injected';
    if (!lost) addReason(record, told ? messageOf(error) : `it could not be ${what}: ${messageOf(error)}`);
    drill.progress.note(`${entry.type}${record.effective ? '' : ' had no effect'}: ${record.error}`);
    return { ok: false, over };
  }

  /** Does not reject for a drill that is given up: what is still broken is healed at its end. */
  async function healAfter(wait: number, { live, signal, progress }: Drill): Promise<void> {
    const mine = live[live.length - 1]!;
    try {
      await sleep(wait, undefined, { signal });
      progress.phase('heal', entry.id);
      await mine.heal();
    } catch (error) {
      if (signal.aborted) return;
      const why = `it could not be healed: ${messageOf(error)}`;
      addReason(record, why);
      progress.note(`${entry.type}: ${why}`);
    }
  }
}

const blankRecord = (entry: PlannedFault, fault: AnyFault): FaultRecord => ({
  id: entry.id,
  type: entry.type,
  summary: fault.summary,
  params: entry.params,
  targets: [],
  targetWords: entry.targetWords.join(', '),
  requestedAt: Number.NaN,
  cutOff: [],
  impact: fault.impact,
  ...(fault.loses !== undefined && { loses: fault.loses }),
  ...(fault.lasting && { lasting: true }),
});

/** The first reason stays: what comes later may be its consequence. */
function addReason(record: FaultRecord, why: string): void {
  record.error = record.error === undefined ? why : `${record.error}; ${why}`;
}

/** What is known of the targets without the engine, which has stopped answering: a server that fell silent to every probe is down. */
async function byProbes({ targets, requestedAt }: FaultRecord, { prober }: Drill): Promise<string> {
  const patience = AbortSignal.timeout(500);
  const silences = await Promise.all(targets.map((name) => prober.silence(name, requestedAt, patience)));
  const silent = targets.filter((_, i) => silences[i]);
  const told =
    silent.length === targets.length ? 'all of them' : silent.length === 0 ? 'none of them' : silent.join(', ');
  return `by the probes ${told} fell silent after the request`;
}
