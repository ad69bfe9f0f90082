import { once } from 'node:events';
import { createServer } from 'node:net';
import { RedrillError } from '../../core/errors.js';

/** Below every system's range for outgoing connections: a port there stays ours while its container is down. */
const FIRST = 20_000;
const COUNT = 12_000;

/** Picks a host port for each container port: fixed, so that it stays the same when the container is restarted. */
export async function freePorts(ports: number[]): Promise<[number, number][]> {
  const chosen = new Set<number>();
  for (let tries = 0; chosen.size < ports.length; tries++) {
    if (tries > 500)
      throw new RedrillError('ENVIRONMENT', `no free ports between ${FIRST} and ${FIRST + COUNT} on this machine`);
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (!chosen.has(port) && (await canListen('127.0.0.1', port))) chosen.add(port);
  }
  return [...chosen].map((host, i) => [ports[i]!, host]);
}

/**
 * Does this machine have the address? If the engine's side of a network does, container addresses are routable from
 * here. (os.networkInterfaces leaves out a bridge that has no containers yet.)
 */
export const isOurs = (address: string): Promise<boolean> => canListen(address, 0);

async function canListen(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
