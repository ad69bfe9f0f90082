import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { type Change, holdSession, lineSplitter } from './session.js';

const frame = (stream: 1 | 2, text: string): Buffer => {
  const head = Buffer.alloc(8);
  head[0] = stream;
  head.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([head, Buffer.from(text)]);
};

function listening() {
  const stream = new PassThrough();
  const heard = { changes: [] as Change[], lines: [] as string[], over: 0 };
  // What we write must not come back to us: the two directions of the real one are apart.
  const written: string[] = [];
  stream.write = ((text: string) => written.push(text) > 0) as typeof stream.write;
  const session = holdSession(stream, {
    changed: (change) => heard.changes.push(change),
    printed: (line) => heard.lines.push(line),
    over: () => void heard.over++,
  });
  return { stream, heard, written, session };
}

test('what the server prints and what became of it are told apart, wherever chunks begin', () => {
  const all = Buffer.concat([
    frame(2, 'up 7 1500000000\n'),
    frame(1, '7:M one\n7:M t'),
    frame(2, 'down 139 0 2500000000\n'),
    frame(1, 'wo\r\n'),
    frame(2, 'up 9 3000000000\ndown 137 1 4000000000\n'),
  ]);
  for (const size of [1, 7, 1000]) {
    const { stream, heard } = listening();
    for (let at = 0; at < all.length; at += size) stream.emit('data', all.subarray(at, at + size));
    expect(heard.lines).toEqual(['7:M one', '7:M two']);
    expect(heard.changes).toEqual([
      { up: true, wall: 1500 },
      { up: false, code: 139, oom: false, wall: 2500 },
      { up: true, wall: 3000 },
      { up: false, code: 137, oom: true, wall: 4000 },
    ]);
  }
});

test('a command is answered under its number, and fails when the container ends first', async () => {
  const { stream, heard, written, session } = listening();
  const [one, two, three] = [session.command('kill 9'), session.command('start'), session.command('kill 15')];
  expect(written).toEqual(['1 kill 9\n', '2 start\n', '3 kill 15\n']);
  stream.emit('data', frame(2, '2 none\n1 done\n'));
  expect([await one, await two]).toEqual([true, false]);
  stream.emit('end');
  await expect(three).rejects.toThrow('its container ended');
  await expect(session.command('start')).rejects.toThrow('its container ended');
  expect(heard.over).toBe(1);
});

test('a line without an end waits for it', () => {
  const lines: string[] = [];
  const split = lineSplitter((line) => lines.push(line));
  split(Buffer.from('a\n\nb'));
  expect(lines).toEqual(['a', '']);
  split(Buffer.from('c\n'));
  expect(lines).toEqual(['a', '', 'bc']);
});
