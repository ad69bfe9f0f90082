import type { Container } from '../fleet/types.js';
import { PORT, type Seat } from './config.js';
import { Connection } from './connection.js';
import type { Identities } from './identities.js';
import type { RedisNode } from './types.js';

export function makeNode(
  index: number,
  seat: Seat,
  container: Container,
  password: string | undefined,
  identities: Identities,
): RedisNode & { close(): void } {
  let admin: Connection | undefined;
  const open = (timeout?: number): Connection =>
    new Connection(container.endpoint(PORT), { password, ...(timeout !== undefined && { timeout }) });
  return {
    name: seat.name,
    get id() {
      return identities.idOf(seat.name);
    },
    index,
    announced: { host: seat.ip, port: PORT },
    initial: { shard: seat.shard, role: seat.role },
    container,
    password,
    open: (options) => new Connection(container.endpoint(PORT), { password, ...options }),
    call: (args, { timeout } = {}) => {
      if (!admin || admin.closed) admin = open();
      return admin.call(args, timeout);
    },
    close: () => admin?.close(),
  };
}
