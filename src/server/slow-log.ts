/** SLOWLOG and CLIENT LIST: what took long, and who asked for it. */

import { PATIENCE } from './info.js';
import type { Reply } from './resp.js';
import type { Endpoint } from './types.js';

export interface SlowCommand {
  id: number;
  /** Seconds since the Unix epoch, by the server. */
  at: number;
  /** ms. */
  took: number;
  words: string[];
  /** ip:port; empty before Redis 4. */
  client: string;
}

/** The newest first. undefined: the server keeps none. */
export async function slowLogOf(node: Endpoint): Promise<SlowCommand[] | undefined> {
  const [, threshold] = (await node.call(['CONFIG', 'GET', 'slowlog-log-slower-than'], {
    timeout: PATIENCE,
  })) as string[];
  if (Number(threshold) < 0) return undefined;
  const entries = (await node.call(['SLOWLOG', 'GET', 128], { timeout: PATIENCE })) as Reply[][];
  return entries.map(([id, at, micros, words, client]) => ({
    id: Number(id),
    at: Number(at),
    took: Number(micros) / 1000,
    words: (words as Reply[]).map(String),
    client: String(client ?? ''),
  }));
}

export interface ServerClient {
  id: string;
  address: string;
  /** A link to or from another server, not a client. */
  link: boolean;
  /** Bytes of replies that it has not read. */
  unread: number;
  /** Its last command. */
  command: string;
}

export async function clientsOf(node: Endpoint): Promise<ServerClient[]> {
  const text = String(await node.call(['CLIENT', 'LIST'], { timeout: PATIENCE }));
  return text
    .split('\n')
    .filter((line) => line.includes('addr='))
    .map((line) => {
      const fields = new Map(line.split(' ').map((pair) => [pair.split('=')[0], pair.slice(pair.indexOf('=') + 1)]));
      return {
        id: fields.get('id') ?? '',
        address: fields.get('addr') ?? '',
        link: /[SM]/.test(fields.get('flags') ?? ''),
        unread: Number(fields.get('omem') ?? 0),
        command: fields.get('cmd') ?? '',
      };
    });
}
