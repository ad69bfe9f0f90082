/** The events an entry can wait for: `when: failover complete`. One table; the parser, the schema and the messages derive from it. */
import { nearest } from '../core/nearest.js';

/** Events that are just their words, and when each one happens. */
export const events = {
  steady: 'the cluster is healthy and the load is running',
  suspected: 'a node first suspects a faulted node (PFAIL)',
  failed: 'the majority agrees that a node has failed (FAIL)',
  'failover started': 'a replica asks for votes',
  'failover complete': 'a replica of an affected shard has taken over and the majority agrees',
  'service lost': 'a shard stops acknowledging writes',
  'service restored': 'every shard acknowledges writes again',
  healed: 'every fault of the timeline has been healed',
} as const;
export type EventName = keyof typeof events;

export type WhenEvent = { on: EventName } | { on: 'after'; id: string } | { on: 'log'; pattern: string; flags: string };

/** Every form, as it stands in messages and in the schema's description. */
export const eventForms = [...Object.keys(events), 'after <id>', 'log matches /text/'];

/** @returns the event. Throws with the exact wording of what is wrong. */
export function parseWhen(text: string): WhenEvent {
  const words = text.trim().replace(/\s+/g, ' ');
  if (Object.hasOwn(events, words)) return { on: words as EventName };
  const after = /^after (\S+)$/.exec(words);
  if (after) return { on: 'after', id: after[1]! };
  const log = /^log matches \/(.+)\/([a-z]*)$/s.exec(text.trim());
  if (log) return { on: 'log', ...checkedRegex(log[1]!, log[2]!) };
  const near = nearest(words, Object.keys(events));
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  throw new Error(`unknown event "${shown}".${near ? ` Did you mean "${near}"?` : ` Known: ${eventForms.join(', ')}`}`);
}

function checkedRegex(pattern: string, flags: string): { pattern: string; flags: string } {
  // g and y make RegExp.test stateful: the second line that matches would be missed.
  if (/[gy]/.test(flags)) throw new Error(`/${pattern}/${flags}: the flags g and y have no meaning here`);
  try {
    new RegExp(pattern, flags);
  } catch (error) {
    throw new Error(
      `/${pattern}/${flags} is not a regular expression: ${(error as Error).message.replace(/^.*: /s, '')}`,
    );
  }
  return { pattern, flags };
}

export function formatWhen(event: WhenEvent): string {
  if (event.on === 'after') return `after ${event.id}`;
  return event.on === 'log' ? `log matches /${event.pattern}/${event.flags}` : event.on;
}
