/**
 * What an entry can wait for (`when: failover complete`) and what a step can expect: events and states. One table of events;
 * the parser, the schema and the messages derive from it. The forms of states are in steps/conditions.
 */
import { nearest } from '../core/nearest.js';
import { parseTarget } from '../topology/targets.js';
import { type Condition, conditionForms, parseCondition } from './steps/conditions.js';
import { always, checkedRegex } from './steps/regex.js';
import { namesIn } from './steps/values.js';

/** Events that are just their words, and when each one happens. */
export const events = {
  steady: 'the cluster is healthy and the load is running',
  suspected: 'a node first suspects a faulted node (PFAIL; sentinels: SDOWN)',
  failed: 'the majority agrees that a node has failed (FAIL; sentinels: ODOWN)',
  'failover started': 'a replica asks for votes',
  'failover complete': 'a replica of an affected shard has taken over and the majority agrees',
  'full sync started': 'a replica begins to copy the whole data set of its primary',
  'service lost': 'a shard stops acknowledging writes (probes: read, answering reads)',
  'service restored': 'every shard acknowledges writes (answers reads) again',
  healed: 'every fault of the timeline has been healed',
} as const;
export type EventName = keyof typeof events;

export type WhenEvent =
  | { on: EventName }
  | { on: 'after'; id: string }
  /** A line of any server's log, or of these nodes'. */
  | { on: 'log'; pattern: string; flags: string; of?: string }
  | { on: 'state'; words: string; condition: Condition };

/** Every form, as it stands in messages and in the schema's description. */
export const eventForms = [...Object.keys(events), 'after <id>', 'log matches /text/', 'log of <who> matches /text/'];
const stateForms = conditionForms.map(({ form }) => form);

/** @returns the event. Throws with the exact wording of what is wrong. */
export function parseWhen(text: string): WhenEvent {
  const words = text.trim().replace(/\s+/g, ' ');
  if (Object.hasOwn(events, words)) return { on: words as EventName };
  const after = /^after (\S+)$/.exec(words);
  if (after) return { on: 'after', id: after[1]! };
  const log = /^log (?:of (.+?) )?matches \/(.+)\/([a-z]*)$/s.exec(text.trim());
  if (log) {
    const [, of, pattern, flags] = log;
    if (of !== undefined && namesIn(of).length === 0) parseTarget(of);
    const regex = checkedRegex(pattern!, flags!);
    if (always(regex)) throw new Error(`every line matches /${pattern}/`);
    if (/[\r\n]/.test(pattern!)) throw new Error('a log is made of lines: none of them has a line break in it');
    return { on: 'log', ...regex, ...(of !== undefined && { of }) };
  }
  const condition = parseCondition(words);
  if (condition) return { on: 'state', words, condition };
  const near = nearest(words, [...Object.keys(events), ...stateForms]);
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  const known = [...eventForms, ...stateForms].join(', ');
  throw new Error(`unknown event "${shown}".${near ? ` Did you mean "${near}"?` : ` Known: ${known}`}`);
}

export function formatWhen(event: WhenEvent): string {
  switch (event.on) {
    case 'after':
      return `after ${event.id}`;
    case 'log':
      return `log ${event.of === undefined ? '' : `of ${event.of} `}matches /${event.pattern}/${event.flags}`;
    case 'state':
      return event.words;
    default:
      return event.on;
  }
}
