/** What an RPO rests on beside the topology: asked of a server, since what nobody set is the server's own default. */
import type { Endpoint } from './types.js';

const names = [
  ...['save', 'appendonly', 'appendfsync', 'no-appendfsync-on-rewrite', 'stop-writes-on-bgsave-error'],
  ...['min-replicas-to-write', 'min-replicas-max-lag', 'repl-backlog-size', 'repl-backlog-ttl', 'repl-timeout'],
  ...['repl-diskless-sync', 'repl-diskless-load', 'replica-priority', 'cluster-replica-validity-factor'],
  ...['maxmemory', 'maxmemory-policy', 'shutdown-on-sigterm', 'shutdown-timeout'],
];

/** A setting that this server does not know, or nobody may ask for, is left out. */
export async function settingsOf(node: Endpoint): Promise<Record<string, string>> {
  const asked = await Promise.all(
    names.map(async (name) => {
      const reply = await node.call(['CONFIG', 'GET', name], { timeout: 2000 }).catch(() => undefined);
      const value = Array.isArray(reply) ? reply[1] : undefined;
      return typeof value === 'string' ? [[name, value] as const] : [];
    }),
  );
  return Object.fromEntries(asked.flat());
}
