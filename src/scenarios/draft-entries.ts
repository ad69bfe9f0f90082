/** Reads the entries of timeline and recovery, each by the form that its key names, sequences from the outside in. */
import type { z } from 'zod';
import { didYouMean } from '../core/nearest.js';
import {
  allowed,
  commonFault,
  commonProcedure,
  type FormName,
  type Forms,
  formOf,
  ownsWithin,
  paramsOf,
  type RawEntry,
} from './entries.js';
import type { Language } from './language.js';
import { isMap, wordOf } from './merge.js';
import { type Complaint, complaintsOf, type Path, part, wording } from './problems.js';
import { faultRegistry, procedureRegistry } from './registries.js';
import type { Pick } from './steps/pick.js';
import { oneLine } from './steps/values.js';
import type { FaultEntry, ProcedureEntry, ScenarioEntry, SequenceEntry, StepEntry, Trigger } from './types.js';

/** An entry and where it stands. */
export interface Placed {
  entry: ScenarioEntry;
  path: Path;
}

type List = 'timeline' | 'recovery';

interface Drafted {
  timeline: (ScenarioEntry | undefined)[];
  recovery: (ScenarioEntry | undefined)[];
  entries: Placed[];
  whole: boolean;
  complaints: Complaint[];
}

export function draftEntries(raw: Record<string, unknown>, language: Language): Drafted {
  const drafted: Drafted = { timeline: [], recovery: [], entries: [], whole: true, complaints: [] };
  const reader = new Reader(drafted, language);
  for (const list of ['timeline', 'recovery'] as const)
    drafted[list] = items(raw[list]).map((entry, i) => reader.read(entry, { list, path: [list, i] }));
  return drafted;
}

const items = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

interface Place {
  list: List;
  path: Path;
  /** Stands among steps. */
  inner?: boolean;
  /** The id of a round of a loop. */
  round?: string;
  /** Whom the commands around it go to. */
  on?: string[];
}

class Reader {
  private readonly counts = new Map<string, number>();

  constructor(
    private readonly drafted: Drafted,
    private readonly language: Language,
  ) {}

  read(entry: unknown, place: Place): ScenarioEntry | undefined {
    const made = this.make(entry, place);
    if (made) this.drafted.entries.push({ entry: made, path: place.path });
    else this.drafted.whole = false;
    return made;
  }

  private make(entry: unknown, place: Place): ScenarioEntry | undefined {
    if (!isMap(entry))
      return place.inner
        ? this.complain({ path: place.path, message: 'a step is a map of keys and values' })
        : undefined;
    const form = formOf(entry);
    const problem = formProblem(entry, form, place);
    if (form === undefined || problem) return this.complain(problem!);
    const { path } = place;
    const { forms } = this.language;
    const checked = forms[form].safeParse(entry, { error: wording });
    if (!checked.success)
      this.drafted.complaints.push(
        ...complaintsOf(checked.error, path),
        ...commonComplaints(entry, path, this.language),
      );
    this.drafted.complaints.push(...triggerComplaints(entry, place));
    const raw = part(forms[form] as Forms['fault'], entry);
    if (raw) return this.build(form, raw, entry, place);
    // Steps are looked at also where something is wrong with the sequence around them.
    if (form === 'steps' || form === 'choose') this.inner(entry, form, place);
    return undefined;
  }

  private build(
    form: FormName,
    raw: RawEntry,
    entry: Record<string, unknown>,
    place: Place,
  ): ScenarioEntry | undefined {
    const type = form === 'fault' ? raw.fault! : form === 'procedure' ? raw.procedure! : form;
    const made = place.round ?? this.nameFor(type);
    const head = { id: raw.id ?? made, trigger: triggerOf(raw, place) };
    if (form === 'fault') return faultOf(raw, head);
    if (form === 'procedure') return procedureOf(raw, head);
    if (form !== 'steps' && form !== 'choose') return stepOf(form, raw, head, place);
    const on = (raw as { on?: string[] }).on ?? place.on;
    const pace = paceOf(raw);
    const inner = this.inner(entry, form, { ...place, ...(on && { on }) }, pace && head.id);
    if (inner.includes(undefined)) return undefined;
    const entries = inner as ScenarioEntry[];
    if (form === 'choose') return { kind: 'choose', ...head, options: entries };
    return { kind: 'steps', ...head, steps: entries, ...(pace && { pace }) };
  }

  private inner(
    entry: Record<string, unknown>,
    key: 'steps' | 'choose',
    { list, path, on }: Place,
    loop?: string,
  ): (ScenarioEntry | undefined)[] {
    return items(entry[key]).map((step, i) =>
      this.read(step, {
        list,
        path: [...path, key, i],
        inner: true,
        ...(on && { on }),
        ...(loop !== undefined && { round: `${loop}-round-${i + 1}` }),
      }),
    );
  }

  /** The first of a type is called by its type, the next "kill-2": "after kill" stays right when another one is added behind. */
  private nameFor(type: string): string {
    const n = (this.counts.get(type) ?? 0) + 1;
    this.counts.set(type, n);
    return n === 1 ? type : `${type}-${n}`;
  }

  private complain(complaint: Complaint): undefined {
    this.drafted.complaints.push(complaint);
  }
}

function formProblem(
  entry: Record<string, unknown>,
  form: FormName | undefined,
  { list, path, inner }: Place,
): Complaint | undefined {
  const possible = allowed[inner ? 'steps' : list];
  if (form === undefined) {
    const near = Object.keys(entry).find((key) => didYouMean(key, possible) !== '');
    return near === undefined
      ? { path, message: `missing what it does: one of ${possible.join(', ')}` }
      : { path: [...path, near], message: `unknown key "${near}".${didYouMean(near, possible)}`, atKey: true };
  }
  if (possible.includes(form)) return undefined;
  const home = form === 'fault' ? 'timeline' : 'recovery';
  return { path: [...path, form], message: `a ${form} belongs into "${home}", or into "steps"`, atKey: true };
}

/** An entry of no known type matches no schema at all: its common fields are still looked at. */
function commonComplaints(entry: Record<string, unknown>, path: Path, { known }: Language): Complaint[] {
  for (const [key, names, common] of [
    ['fault', known.faults, commonFault],
    ['procedure', known.procedures, commonProcedure],
  ] as const) {
    if (!(key in entry) || names.includes(wordOf(entry[key]))) continue;
    const parsed = common.safeParse(entry, { error: wording });
    if (!parsed.success) return complaintsOf(parsed.error, path);
  }
  return [];
}

function triggerComplaints(entry: Record<string, unknown>, { path, inner }: Place): Complaint[] {
  const written = ['at', 'when'].filter((key) => key in entry);
  const complain = (key: string, message: string): Complaint => ({ path: [...path, key], message, atKey: true });
  const idle = 'within' in entry && !ownsWithin(entry);
  if ('within' in entry && typeof entry.wait === 'string' && /^\s*\d/.test(entry.wait))
    return [complain('within', 'a time needs no "within": it is for an event that is waited for')];
  if (inner)
    return [
      ...written.map((key) =>
        complain(key, `steps follow each other, without "${key}"; a step "wait" waits for a time or an event`),
      ),
      ...(idle ? [complain('within', '"within" belongs to "when": this step waits for nothing')] : []),
    ];
  if (written.length === 0) return [{ path, message: 'missing "at" (a time) or "when" (an event)' }];
  if (written.length === 2) return [complain('when', 'an entry starts "at" a time or "when" an event, not both')];
  if (idle && 'at' in entry) return [complain('within', '"within" belongs to "when": a time needs no waiting')];
  return [];
}

function paceOf({ repeat, each }: RawEntry): SequenceEntry['pace'] {
  if (repeat === undefined && each === undefined) return undefined;
  if (typeof repeat !== 'object') return {};
  const { every, pause } = repeat;
  return { ...(every !== undefined && { every }), ...(pause !== undefined && { pause }) };
}

type Head = { id: string; trigger: Trigger };

/** Whether both or neither were written is checked elsewhere; here one of them is taken. */
function triggerOf(raw: RawEntry, { inner }: Place): Trigger {
  const { at, when, within } = raw;
  if (inner) return { next: true };
  if (when === undefined) return { at: at ?? 0 };
  return { when, ...(within !== undefined && !ownsWithin(raw) && { within }) };
}

function faultOf(raw: RawEntry, head: Head): FaultEntry {
  const type = raw.fault!;
  return {
    kind: 'fault',
    ...head,
    type,
    params: paramsOf(raw, faultRegistry[type]!.params),
    targetWords: (raw.target ?? []).map(({ words }) => words),
    targets: (raw.target ?? []).flatMap(({ target }) => target ?? []),
    ...(raw.for !== undefined && { for: raw.for }),
    ...(raw.probability !== undefined && { probability: raw.probability }),
  };
}

function procedureOf(raw: RawEntry, head: Head): ProcedureEntry {
  const type = raw.procedure!;
  return { kind: 'procedure', ...head, type, params: paramsOf(raw, procedureRegistry[type]!.params) };
}

type Raw<F extends FormName> = z.output<Forms[F]>;

function stepOf(
  form: Exclude<FormName, 'fault' | 'procedure' | 'steps' | 'choose'>,
  raw: unknown,
  head: Head,
  place: Place,
): StepEntry {
  const { id, optional = false } = raw as { id?: string; optional?: boolean };
  const common = { ...head, named: id !== undefined, optional };
  switch (form) {
    case 'run': {
      const { run, on, field, item, find, count, ...rest } = raw as Raw<'run'>;
      const pick: Pick = {
        ...(field !== undefined && { field }),
        ...(item !== undefined && { item }),
        ...(find !== undefined && { find }),
        ...(count !== undefined && { count }),
      };
      const { reply, error, within, save, timeout } = rest;
      return {
        kind: 'run',
        ...common,
        on: on ?? place.on ?? [],
        commands: run,
        pick,
        timeout,
        ...(reply !== undefined && { reply }),
        ...(error !== undefined && { error }),
        ...(within !== undefined && { within }),
        ...(save !== undefined && { save }),
      };
    }
    case 'expect': {
      const { expect, within, for: held } = raw as Raw<'expect'>;
      return {
        kind: 'expect',
        ...common,
        conditions: expect,
        ...(within !== undefined && { within }),
        ...(held !== undefined && { for: held }),
      };
    }
    case 'never': {
      const { never, for: held } = raw as Raw<'never'>;
      return { kind: 'never', ...common, conditions: never, for: held };
    }
    case 'wait': {
      const { wait, within } = raw as Raw<'wait'>;
      const until = 'event' in wait && within !== undefined ? { ...wait, within } : wait;
      return { kind: 'wait', ...common, until };
    }
    case 'remember': {
      const { remember, save } = raw as Raw<'remember'>;
      return { kind: 'remember', ...common, who: oneLine(remember), save };
    }
  }
}
