/** Scripts that run one beside the other in a container that waits for them (docker/scripts.py), each with its own answer. */
import type { Duplex } from 'node:stream';
import type { Executed } from '../types.js';
import { frameReader } from './frames.js';

export interface Scripts {
  /** @throws when the container ends before the script does. */
  run(text: string, args: readonly string[]): Promise<Executed>;
}

/** `stream`: stdin, stdout and stderr of the container, as the engine gives them over one connection. */
export function runScripts(stream: Duplex): Scripts {
  const waiting = new Map<number, { resolve(done: Executed): void; reject(why: Error): void }>();
  const complaints: string[] = [];
  let count = 0;
  let over: Error | undefined;
  const take = answerReader((id, done) => {
    waiting.get(id)?.resolve(done);
    waiting.delete(id);
  });
  stream.on(
    'data',
    frameReader((from, payload) => (from === 'stdout' ? take(payload) : complaints.push(payload.toString('utf8')))),
  );
  const end = (why: string): void => {
    over ??= new Error([why, ...complaints].join(': ').trim());
    for (const { reject } of waiting.values()) reject(over);
    waiting.clear();
  };
  stream.on('error', ({ message }) => end(message));
  stream.on('close', () => end('it ended'));
  stream.on('end', () => end('it ended'));
  return {
    run: (text, args) =>
      new Promise((resolve, reject) => {
        if (over) return reject(over);
        const id = ++count;
        waiting.set(id, { resolve, reject });
        stream.write(request(id, [text, ...args]));
      }),
  };
}

function request(id: number, parts: readonly string[]): Buffer {
  const bytes = parts.map((part) => Buffer.from(part));
  return Buffer.concat([Buffer.from(`${[id, ...bytes.map(({ length }) => length)].join(' ')}\n`), ...bytes]);
}

/** "ID CODE LENGTH LENGTH\n" stdout stderr, again and again, with no regard to where chunks begin. */
export function answerReader(onAnswer: (id: number, done: Executed) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const line = rest.indexOf('\n');
      if (line < 0) return;
      const [id, code, out, err] = rest.toString('latin1', 0, line).split(' ').map(Number) as [
        number,
        number,
        number,
        number,
      ];
      const [middle, end] = [line + 1 + out, line + 1 + out + err];
      if (rest.length < end) return;
      const [stdout, stderr] = [rest.toString('utf8', line + 1, middle), rest.toString('utf8', middle, end)];
      rest = rest.subarray(end);
      onAnswer(id, { code, stdout, stderr });
    }
  };
}
