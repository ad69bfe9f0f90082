/** One command after another to one server, on a connection that is opened when it is needed and anew when it broke. */
import type { Connection } from './connection.js';
import type { Endpoint } from './types.js';

export function commandsBy(open: () => Connection): Pick<Endpoint, 'call'> & { close(): void } {
  let admin: Connection | undefined;
  return {
    call: (args, { timeout } = {}) => {
      if (!admin || admin.closed) admin = open();
      return admin.call(args, timeout);
    },
    close: () => admin?.close(),
  };
}
