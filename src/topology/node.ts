import type { Container } from '../fleet/types.js';
import type { Access } from './access.js';
import type { Seat } from './config.js';
import { Connection } from './connection.js';
import type { Identities } from './identities.js';
import type { Placed } from './settings.js';
import type { OpenOptions, RedisNode, Server } from './types.js';

/** As what it began: settings and images go by that. */
export const placeOf = ({ name, initial, zone }: Pick<RedisNode, 'name' | 'initial' | 'zone'>): Placed => ({
  name,
  role: initial.role,
  zone,
});

export function makeNode(
  index: number,
  seat: Seat,
  container: Container,
  { harness: credentials, tls }: Access,
  identities: Identities,
  server: Server,
): RedisNode & { close(): void } {
  let admin: Connection | undefined;
  const open = ({ to = container.door(seat.port), as = credentials, ...options }: OpenOptions = {}): Connection =>
    new Connection(to, { credentials: as, tls, ...options });
  return {
    name: seat.name,
    get id() {
      return identities.idOf(seat.name);
    },
    index,
    get announced() {
      return { host: container.ip, port: seat.port };
    },
    get front() {
      return container.endpoint(seat.port);
    },
    initial: { shard: seat.shard, role: seat.role },
    zone: seat.zone,
    container,
    credentials,
    server,
    open,
    call: (args, { timeout } = {}) => {
      if (!admin || admin.closed) admin = open();
      return admin.call(args, timeout);
    },
    close: () => admin?.close(),
  };
}
