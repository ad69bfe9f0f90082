import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Decoder, encode, type Reply, ReplyError } from './resp.js';

const decodeIn = (bytes: Buffer, cuts: number[]): Reply[] => {
  const replies: Reply[] = [];
  const decoder = new Decoder((reply) => replies.push(reply));
  let from = 0;
  for (const cut of [...cuts, bytes.length].map((c) => Math.min(c, bytes.length)).sort((a, b) => a - b)) {
    decoder.feed(bytes.subarray(from, cut));
    from = cut;
  }
  return replies;
};

const reply: fc.Arbitrary<Reply> = fc.letrec<{ reply: Reply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.constant(null),
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text).toString('latin1')),
    fc.array(tie('reply'), { maxLength: 4 }),
  ),
})).reply;

const serialise = (value: Reply): Buffer => {
  if (value === null) return Buffer.from('$-1\r\n');
  if (typeof value === 'number') return Buffer.from(`:${value}\r\n`);
  if (typeof value === 'string')
    return Buffer.concat([Buffer.from(`$${value.length}\r\n`), Buffer.from(value, 'latin1'), Buffer.from('\r\n')]);
  if (value instanceof ReplyError) return Buffer.from(`-${value.message}\r\n`);
  return Buffer.concat([Buffer.from(`*${value.length}\r\n`), ...value.map(serialise)]);
};

test('any replies survive any way of cutting the stream into chunks', () => {
  fc.assert(
    fc.property(fc.array(reply, { maxLength: 5 }), fc.array(fc.nat(200), { maxLength: 6 }), (replies, cuts) => {
      expect(decodeIn(Buffer.concat(replies.map(serialise)), cuts)).toEqual(replies);
    }),
  );
});

test('what we send is an array of bulk strings that reads back unchanged', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (args) => {
      const [back] = decodeIn(encode(args), []);
      expect((back as string[]).map((text) => Buffer.from(text, 'latin1').toString())).toEqual(args);
    }),
  );
});

test('an error reply keeps its first word as its code', () => {
  const [error] = decodeIn(Buffer.from('-MOVED 42 10.0.0.1:6379\r\n'), []);
  expect(error).toBeInstanceOf(ReplyError);
  expect((error as ReplyError).code).toBe('MOVED');
});
