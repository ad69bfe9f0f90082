/** Questions to servers that may not be willing to answer them: what keeps them from it is asked for, and taken back. */
import { traitsOf } from '../../deployment/kinds.js';
import type { ClusterView, NodeView } from '../../deployment/types.js';
import type { Connection } from '../../server/connection.js';
import { NoReply } from '../../server/no-reply.js';
import { type Reply, ReplyError } from '../../server/resp.js';
import type { Deployment, Endpoint } from '../../server/types.js';

/** Error replies of commands stand among the replies: that, too, is an answer. */
export type Answer = Reply | ReplyError;

export const answers = (node: NodeView): boolean => node.reachable && node.role !== 'loading';

/** ms for one reply: a list of 250 elements from a server that others keep busy. */
const REPLY = 5000;

/** What makes a server refuse to read, and the setting that lets it. */
const refusals: readonly [RegExp, setting: string][] = [
  [/^CLUSTERDOWN The cluster is down/, 'cluster-allow-reads-when-down'],
  [/^MASTERDOWN/, 'replica-serve-stale-data'],
];

interface Questions {
  /** undefined: no answer, or one that says nothing of the data. */
  ask(name: string, commands: readonly (readonly string[])[]): Promise<Answer[] | undefined>;
  /** Those that are known to give none. */
  silent: ReadonlySet<string>;
  close(): Promise<void>;
}

interface Eased {
  node: Endpoint;
  setting: string;
  before: string;
}

export function questionsTo(topology: Deployment, view: ClusterView): Questions {
  const connections = new Map<string, Connection>();
  const silent = new Set([...view.nodes.values()].filter((node) => !answers(node)).map(({ node }) => node));
  const eased: Eased[] = [];
  const easing = new Map<string, Promise<boolean>>();

  function connectionTo(name: string): Connection {
    const open = connections.get(name);
    if (open && !open.closed) return open;
    const connection = topology.node(name).open({ timeout: REPLY, connectTimeout: 1000 });
    // Without it a replica sends everybody to its primary.
    if (traitsOf(topology.kind).hasSlots) connection.send(['READONLY'], () => {});
    connections.set(name, connection);
    return connection;
  }

  /** undefined: no answer, or one that says nothing of the data. */
  async function ask(name: string, commands: readonly (readonly string[])[]): Promise<Answer[] | undefined> {
    if (silent.has(name)) return undefined;
    try {
      const replies: Answer[] = [];
      for (const command of commands) replies.push(await one(name, command));
      return replies;
    } catch (error) {
      if (error instanceof NoReply) silent.add(name);
      else if (!(error instanceof ReplyError)) throw error;
      return undefined;
    }
  }

  /** @throws ReplyError when the server will not say what it holds. */
  async function one(name: string, command: readonly string[]): Promise<Answer> {
    for (let tries = 0; ; tries++)
      try {
        return await connectionTo(name).call(command);
      } catch (error) {
        if (!(error instanceof ReplyError)) throw error;
        if (error.code === 'ASK') return importing(error, command);
        const refusal = refusals.find(([pattern]) => pattern.test(error.message));
        if (refusal && tries < refusals.length && (await ease(name, refusal[1]))) continue;
        if (refusal || /^(MOVED|CLUSTERDOWN|LOADING|BUSY|NOAUTH|NOPERM|TRYAGAIN)/.test(error.message)) throw error;
        return error;
      }
  }

  /** The slot is on its way and this key has gone ahead. */
  async function importing({ message }: ReplyError, command: readonly string[]): Promise<Answer> {
    const [host, port] = (message.split(' ')[2] ?? '').split(/:(?=\d+$)/);
    const node = topology.nodes.find(({ announced }) => announced.host === host && announced.port === Number(port));
    if (!node) throw new ReplyError(message);
    const connection = connectionTo(node.name);
    const [, reply] = await Promise.allSettled(
      connection.together(() => [connection.call(['ASKING']), connection.call(command)]),
    );
    if (reply!.status === 'fulfilled') return reply!.value;
    throw reply!.reason;
  }

  function ease(name: string, setting: string): Promise<boolean> {
    const key = `${name} ${setting}`;
    const begun =
      easing.get(key) ??
      allow(topology.node(name), setting).then((changed) => changed !== undefined && eased.push(changed) > 0);
    easing.set(key, begun);
    return begun;
  }

  return {
    ask,
    silent,
    async close() {
      await Promise.allSettled(eased.map(({ node, setting, before }) => node.call(['CONFIG', 'SET', setting, before])));
      for (const connection of connections.values()) connection.close();
    },
  };
}

/** undefined: it is not this setting that keeps the server, or nobody may change it. */
async function allow(node: Endpoint, setting: string): Promise<Eased | undefined> {
  try {
    const reply = await node.call(['CONFIG', 'GET', setting]);
    const before = Array.isArray(reply) ? reply[1] : undefined;
    if (before !== 'no') return undefined;
    await node.call(['CONFIG', 'SET', setting, 'yes']);
    return { node, setting, before };
  } catch {
    return undefined;
  }
}
