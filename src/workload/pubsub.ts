/**
 * Publish and subscribe beside the load: a subscriber on each node, which stays with it and subscribes again when its connection
 * ends, as client libraries do, and a publisher that sends numbered messages through the primaries in turn. A subscriber whose connection
 * stands while its node gets no messages any more notices nothing; here it is seen, for every message is accounted for.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../core/clock.js';
import { until } from '../core/until.js';
import { watchedTag } from '../deployment/slots.js';
import type { ClusterView } from '../deployment/types.js';
import type { PubSubSpec } from '../recording/load-spec.js';
import {
  type Deliveries,
  type Messages,
  newDeliveries,
  newMessages,
  newSubscriptions,
  Status,
  type Subscriptions,
} from '../recording/tables.js';
import type { Texts } from '../recording/texts.js';
import type { Connection } from '../server/connection.js';
import { type Reply, ReplyError } from '../server/resp.js';
import type { Deployment, Endpoint } from '../server/types.js';
import { statusOfReply } from './classify.js';

export interface PubSub {
  readonly messages: Messages;
  readonly deliveries: Deliveries;
  readonly subscriptions: Subscriptions;
  stop(): Promise<void>;
}

/** Every message goes to each of them: beyond this the harness would measure itself. */
const MOST = 32;
/** ms for an answer to a publisher, beside the way there and back. */
const PATIENCE = 400;
/** ms in which the last message arrives where it can. */
const LAST = 100;
/** ms between two tries to subscribe. */
const AGAIN = 50;

interface News {
  topology: Deployment;
  sharded: boolean;
  clock: Clock;
  /** ms. */
  timeout: number;
  channelOf(shard: number): string;
}

export async function startPubSub(
  topology: Deployment,
  { rate, sharded }: PubSubSpec,
  { clock, texts, view, signal }: { clock: Clock; texts: Texts; view: () => ClusterView; signal: AbortSignal },
): Promise<PubSub> {
  const abort = new AbortController();
  const news: News = {
    topology,
    sharded,
    clock,
    timeout: PATIENCE + topology.roundTrip,
    channelOf: (shard) => (sharded ? `{${watchedTag(topology.shards[shard - 1]!)}}:redrill:news` : 'redrill:news'),
  };
  const { subscribed, refusal, ...subscribers } = subscribeAt(topology.nodes.slice(0, MOST), news, abort.signal);
  const { publish, ...publishers } = publishersOf(news, view, texts);

  const loop = async (): Promise<void> => {
    const interval = 1000 / rate;
    let due = performance.now();
    for (let n = 0; !abort.signal.aborted; n++) {
      publish((n % topology.shards.length) + 1);
      due = Math.max(due + interval, performance.now());
      await sleep(due - performance.now(), undefined, { signal: abort.signal }).catch(() => undefined);
    }
  };

  let publishing: Promise<void> = Promise.resolve();
  const stop = async (): Promise<void> => {
    if (abort.signal.aborted) return;
    abort.abort();
    await publishing;
    // What was published last is on its way.
    await sleep(LAST);
    publishers.close();
    await subscribers.close();
  };
  try {
    await until(subscribed, (n) => n === subscribers.wanted, {
      describe: 'every subscriber is subscribed',
      within: 10_000,
      every: 20,
      signal,
      show: (n) => [`${n} of ${subscribers.wanted}`, refusal()].filter(Boolean).join(', '),
    });
  } catch (error) {
    await stop();
    throw error;
  }
  publishing = loop();
  const { messages } = publishers;
  const { deliveries, subscriptions } = subscribers;
  return { messages, deliveries, subscriptions, stop };
}

/** One on each of these nodes, until the signal aborts. */
function subscribeAt(
  nodes: readonly Endpoint[],
  { topology, sharded, clock, timeout, channelOf }: News,
  signal: AbortSignal,
) {
  const [deliveries, subscriptions] = [newDeliveries(), newSubscriptions()];
  const origin = clock.now() - performance.now();
  const open = new Set<Connection>();
  const subscribed = new Set<Endpoint>();
  let refusal = '';

  /** Settles when this subscription is over. */
  const subscribe = (node: Endpoint): Promise<void> =>
    new Promise((resolve) => {
      let row: number | undefined;
      const end = (at: number): void => {
        if (row !== undefined && Number.isNaN(subscriptions.at(row, 'done')))
          subscriptions.set(row, 'done', at + origin);
        subscribed.delete(node);
        open.delete(connection);
        resolve();
      };
      const heard = (reply: Reply, at: number): void => {
        if (!Array.isArray(reply)) return;
        const [kind, , payload] = reply;
        if (kind === 'sunsubscribe' || kind === 'unsubscribe') connection.close();
        else deliveries.push({ message: Number(payload), subscriber: node.index, t: at + origin });
      };
      const connection: Connection = node.open({
        to: node.front,
        as: topology.access.clients,
        timeout,
        connectTimeout: timeout,
        onPush: heard,
        onClose: end,
      });
      open.add(connection);
      connection.send([sharded ? 'SSUBSCRIBE' : 'SUBSCRIBE', channelOf(node.initial.shard)], (outcome, at) => {
        if (outcome.kind === 'reply' && !(outcome.reply instanceof ReplyError)) {
          row = subscriptions.push({ subscriber: node.index, t: at + origin, done: Number.NaN });
          subscribed.add(node);
          return;
        }
        refusal = outcome.kind === 'reply' ? String((outcome.reply as ReplyError).message) : outcome.text;
        connection.close();
      });
    });

  const listening = nodes.map(async (node) => {
    while (!signal.aborted) {
      await subscribe(node);
      await sleep(AGAIN, undefined, { signal }).catch(() => undefined);
    }
  });

  return {
    deliveries,
    subscriptions,
    wanted: nodes.length,
    subscribed: () => subscribed.size,
    refusal: () => refusal,
    close: async () => {
      for (const connection of open) connection.close();
      await Promise.all(listening);
    },
  };
}

/** To whoever leads a shard. */
function publishersOf({ topology, sharded, clock, timeout, channelOf }: News, view: () => ClusterView, texts: Texts) {
  const messages = newMessages();
  const origin = clock.now() - performance.now();
  const publishers = new Map<Endpoint, Connection>();
  const publisherTo = (node: Endpoint): Connection => {
    const known = publishers.get(node);
    if (known && !known.closed) return known;
    const connection = node.open({ to: node.front, as: topology.access.clients, timeout, connectTimeout: timeout });
    publishers.set(node, connection);
    return connection;
  };
  return {
    messages,
    publish: (shard: number): void => {
      const name = view().owners.get(shard);
      const node = name === undefined ? undefined : topology.node(name);
      if (!node) return;
      const connection = publisherTo(node);
      const pending = { done: Number.NaN, status: Status.pending, error: 0 };
      const row = messages.push({ sent: clock.now(), shard, node: node.index, ...pending });
      connection.send([sharded ? 'SPUBLISH' : 'PUBLISH', channelOf(shard), String(row)], (outcome, at) => {
        messages.set(row, 'done', at + origin);
        const silent = outcome.kind === 'silent';
        const error = silent ? outcome.reason : outcome.reply instanceof ReplyError ? outcome.reply.code : undefined;
        const refused = silent ? outcome.reason === 'refused' : undefined;
        const failed = refused === undefined ? statusOfReply(error ?? '') : refused ? Status.fail : Status.unknown;
        messages.set(row, 'status', error === undefined ? Status.ok : failed);
        messages.set(row, 'error', texts.numberOf(error));
        if (silent) connection.close();
      });
    },
    close: () => {
      for (const connection of publishers.values()) connection.close();
    },
  };
}
