/** Talking to the holder of a container (docker/holder.c) over one connection to the engine: commands, what happens, and what the server prints. */
import type { Duplex } from 'node:stream';
import { frameReader } from './frames.js';

/** What became of the server. `wall`: when, in ms since the Unix epoch by the clock of the engine's machine. */
export type Change = { up: true; wall: number } | Down;

export interface Down {
  up: false;
  code: number;
  oom: boolean;
  wall: number;
}

export interface Listener {
  changed(change: Change): void;
  /** A whole line of the server's output. */
  printed(text: string): void;
  /** The connection is over: so is the container, mostly. */
  over(): void;
}

export interface Session {
  /** @returns whether there was something to do it to. */
  command(words: string): Promise<boolean>;
  close(): void;
}

export function holdSession(stream: Duplex, listener: Listener): Session {
  const waiting = new Map<number, { resolve(done: boolean): void; reject(why: Error): void }>();
  let count = 0;
  let over: Error | undefined;
  const hear = lineSplitter((line) => {
    const [word, ...rest] = line.split(' ');
    if (word === 'up') listener.changed({ up: true, wall: Number(rest[1]) / 1e6 });
    else if (word === 'down')
      listener.changed({ up: false, code: Number(rest[0]), oom: rest[1] === '1', wall: Number(rest[2]) / 1e6 });
    else {
      waiting.get(Number(word))?.resolve(rest[0] === 'done');
      waiting.delete(Number(word));
    }
  });
  const print = lineSplitter((line) => listener.printed(line));
  stream.on(
    'data',
    frameReader((from, payload) => (from === 'stderr' ? hear : print)(payload)),
  );
  const end = (why: string): void => {
    if (over) return;
    over = new Error(why);
    for (const { reject } of waiting.values()) reject(over);
    waiting.clear();
    stream.destroy();
    listener.over();
  };
  stream.on('error', ({ message }) => end(message));
  stream.on('end', () => end('its container ended'));
  stream.on('close', () => end('its container ended'));
  return {
    command: (words) =>
      new Promise((resolve, reject) => {
        if (over) return reject(over);
        const id = ++count;
        waiting.set(id, { resolve, reject });
        stream.write(`${id} ${words}\n`);
      }),
    close: () => end('closed by us'),
  };
}

/** Whole lines of what comes in pieces. */
export function lineSplitter(onLine: (line: string) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, at)) {
      onLine(rest.toString('utf8', at, end).replace(/\r$/, ''));
      at = end + 1;
    }
    // What waits for its end must not keep the whole piece alive that it came with.
    rest = Buffer.from(rest.subarray(at));
  };
}
