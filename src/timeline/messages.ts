/**
 * What became of published messages. One is due to each subscriber whose subscription stood from before it was sent until after it was
 * acknowledged; what is due and never came is lost. A subscriber whose connection stands and who gets nothing of what is published, not
 * at all or late, is deaf meanwhile: it can't know.
 */
import type { NodeInfo, Recording } from '../recording/recording.js';
import { Status } from '../recording/tables.js';
import type { Deafness, MessageReport } from './types.js';

/** What was sent so shortly before the end may still have been on its way, in ms. */
const LAST = 500;

export function messagesIn(
  { messages, deliveries, subscriptions, topology, errorTexts, workload }: Recording,
  { from, to }: { from: number; to: number },
): MessageReport | undefined {
  if (!workload.pubsub || messages.length === 0) return undefined;
  const arrived = arrivals(deliveries);
  const out: MessageReport = { published: 0, refused: {}, due: 0, lost: 0, away: 0, delay: null, subscribers: [] };
  const delays: number[] = [];
  const rows = Array.from({ length: messages.length }, (_, i) => i).filter((i) => {
    const sent = messages.at(i, 'sent');
    return sent >= from && sent < to - LAST;
  });
  for (const i of rows) {
    out.published++;
    if (messages.at(i, 'status') === Status.ok) continue;
    const text = errorTexts[messages.at(i, 'error') - 1] ?? 'no answer';
    out.refused[text] = (out.refused[text] ?? 0) + 1;
  }
  for (const subscriber of new Set(subscriptions.column('subscriber'))) {
    const info = topology.nodes[subscriber];
    if (!info) continue;
    const mine = { node: info.name, due: 0, lost: 0, away: 0 } as MessageReport['subscribers'][number];
    const deaf = deafness(info, to);
    const stood = standing(subscriptions, subscriber);
    for (const i of rows) {
      if (messages.at(i, 'status') !== Status.ok || (workload.pubsub.sharded && messages.at(i, 'shard') !== info.shard))
        continue;
      const [sent, done] = [messages.at(i, 'sent'), messages.at(i, 'done')];
      const at = arrived.get(i)?.get(subscriber);
      const stands = stood.find((one) => one.from <= sent && one.to > done);
      if (at !== undefined) delays.push(at - sent);
      if (!stands) {
        if (at === undefined) mine.away++;
        continue;
      }
      mine.due++;
      if (at === undefined) mine.lost++;
      deaf.note(stands, sent, at);
    }
    const longest = deaf.longest();
    out.subscribers.push({ ...mine, ...(longest && { deaf: longest }) });
    out.due += mine.due;
    out.lost += mine.lost;
    out.away += mine.away;
    if (longest && !(out.deaf && out.deaf.ms >= longest.ms)) out.deaf = longest;
  }
  delays.sort((a, b) => a - b);
  const rank = (q: number): number => delays[Math.max(0, Math.ceil(q * delays.length) - 1)]!;
  if (delays.length > 0) out.delay = { p50: rank(0.5), p99: rank(0.99), max: rank(1) };
  return out;
}

function arrivals(deliveries: Recording['deliveries']): Map<number, Map<number, number>> {
  const out = new Map<number, Map<number, number>>();
  for (let i = 0; i < deliveries.length; i++) {
    const message = deliveries.at(i, 'message');
    const to = out.get(message) ?? new Map<number, number>();
    out.set(message, to);
    const subscriber = deliveries.at(i, 'subscriber');
    if (!to.has(subscriber)) to.set(subscriber, deliveries.at(i, 't'));
  }
  return out;
}

interface Stands {
  from: number;
  to: number;
}

function standing(subscriptions: Recording['subscriptions'], subscriber: number): Stands[] {
  const out: Stands[] = [];
  for (let i = 0; i < subscriptions.length; i++) {
    if (subscriptions.at(i, 'subscriber') !== subscriber) continue;
    const done = subscriptions.at(i, 'done');
    out.push({ from: subscriptions.at(i, 't'), to: Number.isNaN(done) ? Number.POSITIVE_INFINITY : done });
  }
  return out;
}

/** The longest wait in a standing subscription: from the sending of a message until it came, or, of those that never did, until another came. */
function deafness({ name }: NodeInfo, end: number) {
  let since: { at: number; stands: Stands; missed: number } | undefined;
  let found: Deafness | undefined;
  const over = (until: number): void => {
    if (since && !(found && found.ms >= until - since.at))
      found = { node: name, at: since.at, ms: until - since.at, missed: since.missed };
    since = undefined;
  };
  return {
    note: (stands: Stands, sent: number, arrived: number | undefined): void => {
      if (since && since.stands !== stands) over(since.stands.to);
      if (arrived !== undefined) {
        over(arrived);
        if (!(found && found.ms >= arrived - sent)) found = { node: name, at: sent, ms: arrived - sent, missed: 0 };
      } else if (since) since.missed++;
      else since = { at: sent, stands, missed: 1 };
    },
    longest: (): Deafness | undefined => {
      if (since) over(Math.min(end, since.stands.to));
      return found;
    },
  };
}
