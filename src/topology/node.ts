import type { Server } from '../deployment/types.js';
import type { Container } from '../fleet/types.js';
import type { Access } from '../server/access.js';
import { commandsBy } from '../server/commands.js';
import { Connection } from '../server/connection.js';
import type { Identities } from '../server/identities.js';
import type { OpenOptions } from '../server/types.js';
import type { Seat } from './config.js';
import type { ManagedNode } from './types.js';

export function makeNode(
  index: number,
  seat: Seat,
  container: Container,
  { harness: credentials, tls }: Access,
  identities: Identities,
  server: Server,
): ManagedNode & { close(): void } {
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
    get lives() {
      return container.lives;
    },
    credentials,
    server,
    open,
    ...commandsBy(open),
  };
}
