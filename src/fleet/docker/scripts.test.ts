import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Executed } from '../types.js';
import { answerReader, runScripts } from './scripts.js';

const done = fc.record({
  code: fc.integer({ min: -15, max: 255 }),
  stdout: fc.string({ unit: 'binary' }),
  stderr: fc.string(),
});

const answer = (id: number, { code, stdout, stderr }: Executed): Buffer => {
  const [out, err] = [Buffer.from(stdout), Buffer.from(stderr)];
  return Buffer.concat([Buffer.from(`${id} ${code} ${out.length} ${err.length}\n`), out, err]);
};

it('reads answers however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(done, { maxLength: 5 }), fc.array(fc.nat(400), { maxLength: 8 }), (all, cuts) => {
      const bytes = Buffer.concat(all.map((one, id) => answer(id, one)));
      const seen: Executed[] = [];
      const read = answerReader((id, one) => {
        seen[id] = one;
      });
      const ends = [...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort((a, b) => a - b);
      for (const [i, end] of ends.entries()) read(bytes.subarray(ends[i - 1] ?? 0, end));
      expect(seen).toEqual(all);
    }),
  );
});

const frame = (stream: 1 | 2, bytes: Buffer): Buffer => {
  const head = Buffer.alloc(8);
  head[0] = stream;
  head.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([head, bytes]);
};

it('gives each script its own answer, in whatever order they end, and all of them an error when the container ends', async () => {
  const toContainer = new PassThrough();
  const stream = Object.assign(new PassThrough(), { write: toContainer.write.bind(toContainer) });
  const scripts = runScripts(stream);
  const first = scripts.run('one', ['ü']);
  const second = scripts.run('two', []);
  const third = scripts.run('three', ['']);
  expect(toContainer.read().toString()).toBe('1 3 2\noneü2 3\ntwo3 5 0\nthree');
  stream.push(frame(1, answer(2, { code: 0, stdout: 'b', stderr: '' })));
  stream.push(frame(1, answer(1, { code: 3, stdout: 'a', stderr: 'no' })));
  expect(await first).toEqual({ code: 3, stdout: 'a', stderr: 'no' });
  expect(await second).toEqual({ code: 0, stdout: 'b', stderr: '' });
  stream.push(frame(2, Buffer.from('MemoryError\n')));
  stream.push(null);
  await expect(third).rejects.toThrow('it ended: MemoryError');
  await expect(scripts.run('four', [])).rejects.toThrow('it ended');
});
