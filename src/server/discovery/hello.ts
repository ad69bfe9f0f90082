/**
 * Who watches these servers? Nobody tells a server, but sentinels speak to each other on a channel of the servers that they watch,
 * every two seconds each.
 */
import type { Address } from '../connection.js';
import type { Reply } from '../resp.js';
import { addressOf } from './replicated.js';
import type { Ways } from './ways.js';

const CHANNEL = '__sentinel__:hello';
/** ms: longer than a sentinel is silent. */
const LISTEN = 3000;

export interface Hello {
  sentinel: Address;
  primaryName: string;
}

/** The first sentinel that is heard at one of these servers, speaking of this primary if one is wanted. */
export async function listenFor(
  servers: readonly Address[],
  wanted: string | undefined,
  ways: Ways,
  signal?: AbortSignal,
): Promise<Hello | undefined> {
  for (const server of servers) {
    const [listeners] = (await ways.ask(server, [['PUBSUB', 'NUMSUB', CHANNEL]])) ?? [];
    if (!Array.isArray(listeners) || Number(listeners[1]) === 0) continue;
    const heard = await hear(server, wanted, ways, signal);
    if (heard) return heard;
  }
  return undefined;
}

function hear(
  server: Address,
  wanted: string | undefined,
  ways: Ways,
  signal?: AbortSignal,
): Promise<Hello | undefined> {
  return new Promise((resolve) => {
    const connection = ways.connect(server, undefined, (reply) => {
      const hello = helloIn(reply);
      if (hello && (wanted === undefined || hello.primaryName === wanted)) end(hello);
    });
    const end = (hello?: Hello): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      connection.close();
      resolve(hello);
    };
    const stop = (): void => end();
    const timer = setTimeout(stop, LISTEN);
    signal?.addEventListener('abort', stop);
    connection.call(['SUBSCRIBE', CHANNEL]).catch(stop);
  });
}

/** "ip,port,runid,epoch,primary's name,ip,port,epoch" */
function helloIn(reply: Reply): Hello | undefined {
  if (!Array.isArray(reply) || reply[0] !== 'message') return undefined;
  const [ip, port, , , primaryName] = String(reply[2]).split(',');
  const [sentinel] = addressOf(ip, port);
  return sentinel && primaryName !== undefined ? { sentinel, primaryName } : undefined;
}
