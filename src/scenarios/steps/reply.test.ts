import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Reply, ReplyError } from '../../topology/resp.js';
import { meets, meetsError, parseError, parseReply, pick, showReply, type WrittenReply } from './reply.js';

const values = new Map([
  ['n', '5'],
  ['dot', 'a.c'],
]);
const fits = (written: WrittenReply, reply: Reply): boolean => meets(parseReply(written), reply, values);

describe('an expected reply', () => {
  it.each<[WrittenReply, Reply, boolean]>([
    ['OK', 'OK', true],
    ['OK', 'OKAY', false],
    [5, 5, true],
    ['5', 5, true],
    ['${n}', '5', true],
    [null, null, true],
    [null, '', false],
    ['nil', null, false],
    ['>= 5', '5', true],
    ['> ${n}', 5, false],
    ['> 1', 'many', false],
    ['> 1', null, false],
    ['!= x', 'y', true],
    ['/^ma/', 'master', true],
    ['/^${dot}$/', 'abc', false],
    ['/^${dot}$/', 'a.c', true],
    ['/./', ['a'], false],
    ['contains b', 'abc', true],
    ['contains b', ['abc', 'b'], true],
    ['contains b', ['abc'], false],
    [{ equals: '> 1' }, '> 1', true],
    [{ matches: '/B/i' }, 'abc', true],
    [{ contains: 2 }, [1, 2], true],
    [{ not: 'OK' }, 'OK', false],
    [{ not: null }, 'OK', true],
    [['a', '/^b/', null], ['a', 'bc', null], true],
    [['a'], ['a', 'b'], false],
    [[], [], true],
    ['OK', new ReplyError('ERR x'), false],
  ])('%j is met by %j: %s', (written, reply, answer) => {
    expect(fits(written, reply)).toBe(answer);
  });

  it('is refused where it can mean nothing', () => {
    expect(() => parseReply('> many')).toThrow('"> many" compares with no number; write { equals: "> many" }');
    expect(() => parseReply('/(/')).toThrow('/(/ is not a regular expression');
  });

  it('that is any text is met by that text, and "not" by every other', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, other) => {
        expect(fits({ equals: text.replaceAll('${', '') }, text.replaceAll('${', ''))).toBe(true);
        fc.pre(text !== other && !text.includes('${'));
        expect(fits({ not: { equals: text } }, other)).toBe(true);
      }),
    );
  });
});

describe('an expected error', () => {
  const moved = new ReplyError('MOVED 5061 10.0.0.2:6379');
  it.each<[string | true, Reply | undefined, boolean]>([
    ['MOVED', moved, true],
    ['MOVED 5061', moved, true],
    ['MOVED 506', moved, false],
    ['MOVE', moved, false],
    ['/^MOVED \\d+ /', moved, true],
    [true, moved, true],
    [true, 'OK', false],
    [true, undefined, false],
    ['no reply', undefined, true],
    ['no reply', moved, false],
    ['MOVED', 'MOVED', false],
  ])('%j is met by %s: %s', (written, reply, answer) => {
    expect(meetsError(parseError(written), reply, values)).toBe(answer);
  });
});

describe('a part of a reply', () => {
  const info = '# Replication\r\nrole:master\r\nslave0:ip=10.0.0.5,offset=1234\r\n';
  it('is a field of a text or a list, an item, or what a regular expression finds', () => {
    expect(pick({ field: 'role' }, info)).toBe('master');
    expect(pick({ field: 'maxmemory' }, ['maxmemory', '0'])).toBe('0');
    expect(pick({ item: [1, -1] }, ['a', ['b', 'c']])).toBe('c');
    expect(pick({ find: { pattern: 'offset=(\\d+)', flags: '' } }, info)).toBe('1234');
    expect(pick({ field: 'slave0', find: { pattern: 'ip=[\\d.]+', flags: '' } }, info)).toBe('ip=10.0.0.5');
  });

  it('that is not there is no match for anything', () => {
    expect(() => pick({ field: 'rol' }, info)).toThrow('the reply has no field rol');
    expect(() => pick({ item: [2] }, ['a'])).toThrow('the reply has no item 2, only 1 items');
    expect(() => pick({ item: [0] }, 'a')).toThrow('the reply has no items: a');
    expect(() => pick({ find: { pattern: 'x', flags: '' } }, info)).toThrow('/x/ is not found in the reply');
  });
});

it('replies are shown as a person reads them', () => {
  expect(showReply(['a', ['b', null], 3])).toBe('1) a\n2) 1) b\n   2) nil\n3) 3');
  expect(showReply([])).toBe('an empty list');
  expect(showReply(undefined)).toBe('no reply');
});
