/** What the schema can't say of steps: whom they speak of, and that every value they use has been saved. */

import { didYouMean } from '../../core/nearest.js';
import { blindingCommand } from '../../topology/setting-rules.js';
import { checkTarget, parseTarget } from '../../topology/targets.js';
import type { TopologySpec } from '../../topology/types.js';
import type { Draft } from '../draft.js';
import type { Placed } from '../draft-entries.js';
import { isMap } from '../merge.js';
import type { Complaint, Path } from '../problems.js';
import type { ScenarioEntry } from '../types.js';
import type { WhenEvent } from '../when.js';
import { isShard, whoIn } from './conditions.js';
import { cannotMatch } from './kinds.js';
import { oneAnswer } from './one-answer.js';
import { textsOf } from './reply.js';
import { namesIn } from './values.js';

export function checkSteps(draft: Draft): Complaint[] {
  return [
    ...draft.entries.flatMap(checkRun),
    ...draft.entries.flatMap(({ entry, path }) => checkEvents(entry, path)),
    ...checkValues(draft),
  ];
}

function checkRun({ entry, path }: Placed): Complaint[] {
  if (entry.kind !== 'run') return [];
  const complaints: Complaint[] = [];
  if (entry.on.length === 0) complaints.push({ path, message: 'missing "on": which node gets the command' });
  if (entry.reply && entry.error)
    complaints.push({
      path: [...path, 'error'],
      message: 'a command is answered by a reply or by an error, not both',
      atKey: true,
    });
  if (entry.save !== undefined && entry.error)
    complaints.push({ path: [...path, 'save'], message: 'an error is not saved', atKey: true });
  if (entry.error)
    for (const key of ['item', 'field', 'find', 'count'] as const)
      if (entry.pick[key] !== undefined)
        complaints.push({
          path: [...path, key],
          message: 'an error is one text: nothing is picked from it',
          atKey: true,
        });
  for (const command of entry.commands) {
    const blind = blindingCommand(command);
    if (blind !== undefined) complaints.push({ path: [...path, 'run'], message: blind });
  }
  const wrong = entry.error ? undefined : cannotMatch(entry);
  if (wrong) complaints.push({ path: [...path, wrong.key], message: wrong.message });
  return complaints;
}

/** Events that are no question: they can be waited for, not asked. */
const onlyWaitedFor = new Set<string>(['steady', 'after', 'healed']);

function checkEvents(entry: ScenarioEntry, path: Path): Complaint[] {
  if (entry.kind !== 'expect' && entry.kind !== 'never') return [];
  return entry.conditions.flatMap((event): Complaint[] => {
    if (onlyWaitedFor.has(event.on))
      return [{ path: [...path, entry.kind], message: `"${event.on}" can only be waited for: use "wait" or "when"` }];
    // It speaks of a service that was lost before, which nobody says here.
    return entry.kind === 'never' && event.on === 'service restored'
      ? [
          {
            path: [...path, 'never'],
            message: `"${event.on}" can't be forbidden: say which shard, as in "shard 1 serves"`,
          },
        ]
      : [];
  });
}

/** Every text of an entry in which a saved value may stand, with its place. */
function textsIn(entry: ScenarioEntry, path: Path): { path: Path; text: string }[] {
  const at = (key: string, texts: readonly string[]) => texts.map((text) => ({ path: [...path, key], text }));
  switch (entry.kind) {
    case 'fault':
      return [...at('target', entry.targetWords), ...textsBelow(entry.params, path)];
    case 'procedure':
      return textsBelow(entry.params, path);
    case 'run':
      return [
        ...at('run', entry.commands.flat()),
        ...at('on', entry.on),
        ...at('reply', entry.reply ? textsOf(entry.reply) : []),
        ...at('error', entry.error ? textsOf(entry.error) : []),
        ...at('find', entry.pick.find ? [entry.pick.find.pattern] : []),
        ...at('field', entry.pick.field === undefined ? [] : [entry.pick.field]),
        ...at(
          'item',
          (entry.pick.item ?? []).filter((step) => typeof step === 'string'),
        ),
      ];
    case 'expect':
    case 'never':
      return at(entry.kind, entry.conditions.flatMap(textsOfEvent));
    case 'wait':
      return at('wait', 'event' in entry.until ? textsOfEvent(entry.until.event) : []);
    case 'remember':
      return at('remember', [entry.who]);
    default:
      return [];
  }
}

/** Every text in a value, however deep, with its place. */
export function textsBelow(value: unknown, path: Path): { path: Path; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  const items: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return items.flatMap(([key, item]) => textsBelow(item, [...path, key]));
}

function textsOfEvent(event: WhenEvent): string[] {
  if (event.on === 'log') return [event.pattern, ...(event.of === undefined ? [] : [event.of])];
  return event.on === 'state' ? [event.words] : [];
}

const savedBy = (entry: ScenarioEntry): string | undefined =>
  entry.kind === 'run' || entry.kind === 'remember' ? entry.save : undefined;

/** Of steps of one sequence it is known which comes first; another entry's may come at any time. */
function checkValues({ entries, whole }: Draft): Complaint[] {
  const saved = entries.flatMap(({ entry, path }) => {
    const name = savedBy(entry);
    return name === undefined ? [] : [{ name, path }];
  });
  const names = saved.map(({ name }) => name);
  return entries.flatMap(({ entry, path }) => {
    const used = [
      ...textsIn(entry, path),
      ...('when' in entry.trigger
        ? textsOfEvent(entry.trigger.when).map((text) => ({ path: [...path, 'when'], text }))
        : []),
    ];
    return used.flatMap(({ path: place, text }) =>
      namesIn(text).flatMap((name): Complaint[] => {
        const sources = saved.filter((one) => one.name === name);
        if (sources.length === 0 && (name === 'item' || name === 'round'))
          return [
            {
              path: place,
              message: `"\${${name}}" has a value only within ${name === 'item' ? '"each"' : '"repeat" or "each"'}`,
            },
          ];
        if (sources.length === 0)
          return whole
            ? [
                {
                  path: place,
                  message: `no step saves "${name}".${didYouMean(name, names) || (names.length > 0 ? ` Known: ${[...new Set(names)].join(', ')}` : '')}`,
                },
              ]
            : [];
        return sources.every((one) => sameEntry(one.path, path) && !before(one.path, path))
          ? [{ path: place, message: `"${name}" is saved by a later step` }]
          : [];
      }),
    );
  });
}

const sameEntry = (a: Path, b: Path): boolean => a[0] === b[0] && a[1] === b[1];

function before(a: Path, b: Path): boolean {
  const i = a.findIndex((part, k) => part !== b[k]);
  return i >= 0 && b[i] !== undefined && Number(a[i]) < Number(b[i]);
}

/** Targets that steps name: what this topology can't have is known before anything is started. */
export function checkStepTargets({ entries, raw }: Draft, topology: TopologySpec): Complaint[] {
  const pointless = entries.flatMap(({ entry, path }) =>
    askedIn(entry, path, raw).flatMap(({ path: place, event }): Complaint[] => {
      const message = oneAnswer(event, topology);
      return message === undefined ? [] : [{ path: place, message }];
    }),
  );
  const nobody = entries.flatMap(({ entry, path }) =>
    named(entry, path, raw).flatMap(({ path: place, words }): Complaint[] => {
      if (namesIn(words).length > 0) return [];
      const message = whyNobody(words, topology);
      return message === undefined ? [] : [{ path: place, message }];
    }),
  );
  return [...pointless, ...nobody];
}

/** Every event and state that an entry waits for or asks, with its place. */
function askedIn(entry: ScenarioEntry, path: Path, raw: unknown): { path: Path; event: WhenEvent }[] {
  const when = 'when' in entry.trigger ? [{ path: [...path, 'when'], event: entry.trigger.when }] : [];
  if (entry.kind === 'wait' && 'event' in entry.until)
    return [...when, { path: [...path, 'wait'], event: entry.until.event }];
  if (entry.kind !== 'expect' && entry.kind !== 'never') return when;
  const place = [...path, entry.kind];
  const inList = Array.isArray(valueAt(raw, place));
  return [...when, ...entry.conditions.map((event, i) => ({ path: inList ? [...place, i] : place, event }))];
}

function whyNobody(words: string, topology: TopologySpec): string | undefined {
  try {
    return checkTarget(parseTarget(isShard(words) ? `primary of ${words}` : words), topology);
  } catch (error) {
    return (error as Error).message;
  }
}

interface Named {
  path: Path;
  words: string;
}

function named(entry: ScenarioEntry, path: Path, raw: unknown): Named[] {
  const asked = askedIn(entry, path, raw).flatMap(({ path: place, event }) => whoOfEvent(event, place));
  if (entry.kind === 'run') return [...asked, ...whoAt(entry.on, [...path, 'on'], raw)];
  if (entry.kind === 'remember') return [...asked, { path: [...path, 'remember'], words: entry.who }];
  return asked;
}

function whoOfEvent(event: WhenEvent, path: Path): Named[] {
  if (event.on === 'log') return event.of === undefined ? [] : [{ path, words: event.of }];
  if (event.on !== 'state') return [];
  const { condition } = event;
  const owner =
    condition.is === 'serving'
      ? [`shard ${condition.shard}`]
      : condition.is === 'slot'
        ? [`primary of slot ${condition.slot}`]
        : condition.is === 'replicas'
          ? [condition.who]
          : [];
  return [...new Set([...whoIn(condition), ...owner])].map((words) => ({ path, words }));
}

/** Words that may be written as one text or as a list of them, each with its place. */
export function whoAt(words: readonly string[], path: Path, raw: unknown): Named[] {
  const inList = Array.isArray(valueAt(raw, path));
  return words.map((text, i) => ({ path: inList ? [...path, i] : path, words: text }));
}

function valueAt(raw: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (Array.isArray(value) ? value[Number(key)] : isMap(value) ? value[key] : undefined),
    raw,
  );
}
