import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Reply, ReplyError } from '../../server/resp.js';
import { problemsOf } from '../testing/write.js';
import { errorIn, meets, meetsError } from './meet.js';
import { type Pick, pick as pickFrom } from './pick.js';
import { parseError, parseReply, type WrittenReply } from './reply.js';
import { showReply } from './show.js';

const values = new Map([
  ['n', '5'],
  ['dot', 'a.c'],
  ['list', '["a",["b",null,3]]'],
]);
const fits = (written: WrittenReply, reply: Reply): boolean => meets(parseReply(written), reply, values) === true;
const pick = (part: Pick, reply: Reply): Reply => pickFrom(part, reply, values);

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
    // Of another kind than what is spoken of: neither met nor, under "not", the opposite of it.
    [{ not: '/x/' }, ['a', 'b'], false],
    [{ not: '/x/' }, null, false],
    [{ not: '> 5' }, ['1'], false],
    [{ not: 'OK' }, ['OK'], false],
    [{ not: 'OK' }, null, true],
    [{ not: ['a'] }, 'a', false],
    [{ not: ['a'] }, ['b'], true],
    ['!= x', ['y'], false],
    ['!= 5', ['4'], false],
    ['!= 5', 'many', false],
    ['!= 5', '4', true],
    [{ not: 'contains x' }, null, false],
    // At any depth.
    ['contains b', ['a', [['b']]], true],
    [{ not: 'contains b' }, ['a', [['b']]], false],
    [{ some: '/^b/' }, ['a', [['bc']]], true],
    [{ some: '> 5' }, ['a', [7]], true],
    [{ some: '> 5' }, ['a', [3]], false],
    [{ some: ['b', null] }, ['a', ['b', null]], true],
    [{ not: { some: '/^b/' } }, ['a', [['bc']]], false],
    [{ not: { some: '/^b/' } }, ['a', [['c']]], true],
    [{ not: { some: '/^b/' } }, [null, 5 as never, []], true],
    [{ not: { some: '/^b/' } }, [null, []], false],
    [{ not: { some: 'x' } }, 'y', false],
    [{ every: '/^a/' }, ['a', 'ab'], true],
    [{ every: '/^a/' }, ['a', ['ab']], false],
    [{ every: '/^a/' }, [], false],
    [{ not: { every: '/^a/' } }, [], false],
    // What was saved of a list is that list.
    ['${list}', ['a', ['b', null, 3]], true],
    ['${list}', ['a', ['b', null, '3']], false],
    [{ not: '${list}' }, ['a'], true],
    [{ not: '${n}' }, ['5'], false],
    // EXEC answers with errors among replies.
    [['OK', { error: 'WRONGTYPE' }], ['OK', new ReplyError('WRONGTYPE Operation')], true],
    [['OK', { error: 'WRONGTYPE' }], ['OK', 'WRONGTYPE Operation'], false],
    [{ every: { not: { error: true } } }, ['OK', new ReplyError('ERR x')], false],
    // Bytes that are UTF-8.
    ['é', Buffer.from('é').toString('latin1'), true],
    [{ not: 'é' }, Buffer.from('é').toString('latin1'), false],
    ['== 9007199254740993', '9007199254740992', false],
  ])('%j is met by %j: %s', (written, reply, answer) => {
    expect(fits(written, reply)).toBe(answer);
  });

  it('is refused where it can mean nothing', () => {
    expect(() => parseReply('> many')).toThrow('"> many" compares with no number; write { equals: "> many" }');
    expect(() => parseReply('/(/')).toThrow('/(/ is not a regular expression');
  });

  it('is refused where it can not fail, or not be met', () => {
    expect(() => parseReply({ contains: '' })).toThrow('every text contains an empty one');
    expect(() => parseReply([{ not: '/x*/' }])).toThrow('every text matches that: "not" can never be met');
    expect(() => parseReply({ error: 'ERR' })).toThrow('a reply is no error; write it as "error" of the step');
    expect(() => parseReply([{ error: 'no reply' }])).toThrow('"no reply" is none');
    expect(() => parseError('/.*/')).toThrow('every error matches that');
  });

  it.each([
    [
      'run: CLUSTER SLOTS, reply: { not: /x/ }',
      'CLUSTER SLOTS answers with a list, which this can never speak of: name its',
    ],
    ['run: CLUSTER SHARDS, reply: "!= 5"', 'CLUSTER SHARDS answers with a list, which this can never match: name its'],
    ['run: LRANGE k 0 -1, reply: null', 'LRANGE answers with a list'],
    ['run: INFO, reply: [a]', 'INFO answers with a text, which this can never match'],
    ['run: INFO, reply: { not: null }', 'INFO answers with a text, which this can never speak of'],
    ['run: INFO, item: 1, reply: a', 'INFO answers with a text, which has no items'],
    ['run: DBSIZE, reply: many', 'DBSIZE answers with a number, which this can never match'],
    ['run: DBSIZE, field: keys, reply: 1', 'DBSIZE answers with a number, which has no fields'],
    ['run: GET k, reply: { some: a }', 'GET answers with a text or nil, which this can never match'],
    ['run: INFO, find: /x/, reply: null', 'this part of the reply is a text, which this can never match'],
    ['run: XRANGE s - +, count: true, reply: many', '"count" gives a number, which this can never match'],
    ['run: "MULTI\\nGET k", reply: null', 'GET answers with a text, which this can never match'],
    ['run: "MULTI\\nGET k\\nEXEC", reply: /x/', 'EXEC answers with a list'],
    ['run: GET k, error: ERR, find: /x/', 'an error is one text: nothing is picked from it'],
    ['run: GET k, find: "${nobody}"', 'no step saves "nobody".'],
  ])('that can not match is refused when the file is loaded: %s', async (step, problem) => {
    expect(await problemsOf(`name: x\ntimeline: [{ at: 0s, on: node-1, ${step} }]`)).toEqual([
      expect.stringContaining(problem),
    ]);
  });

  it.each([
    'run: CLUSTER SLOTS, reply: { not: contains x }',
    'run: CLUSTER SLOTS, count: true, reply: 3',
    'run: CLUSTER SLOTS, item: [0, 1], reply: ">= 5000"',
    'run: CLUSTER SHARDS, item: [0, nodes, 0, health], reply: online',
    'run: CONFIG GET maxmemory, field: maxmemory, reply: 0',
    'run: GET k, reply: null',
    'run: "MULTI\\nGET k\\nEXEC", reply: [null]',
    'run: "MULTI\\nGET k\\nEXEC", error: EXECABORT',
    'run: [EVAL, "return {1}", 0], reply: { not: /x/ }',
  ])('that may match is left alone: %s', async (step) => {
    expect(await problemsOf(`name: x\ntimeline: [{ at: 0s, on: node-1, ${step} }]`)).toEqual([]);
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

  it('is looked for at any depth, by number and by name', () => {
    const shards: Reply = [
      [
        'slots',
        [0, 5460],
        'nodes',
        [
          ['id', 'abc', 'health', 'online'],
          ['id', 'def', 'health', 'fail'],
        ],
      ],
    ];
    expect(pick({ item: [0, 'nodes', -1, 'health'] }, shards)).toBe('fail');
    expect(pick({ find: { pattern: '^d(.*)', flags: '' } }, shards)).toBe('ef');
    expect(pick({ find: { pattern: '${dot}', flags: '' } }, ['abc', 'a.c'])).toBe('a.c');
    expect(() => pick({ item: [0, 'node'] }, shards)).toThrow('the reply has no field node');
  });

  it('is counted: items, lines, or what is found', () => {
    expect(pick({ count: true }, ['a', ['b', 'c']])).toBe(2);
    expect(pick({ count: true }, info)).toBe(3);
    expect(pick({ count: true, find: { pattern: '\\d+', flags: '' } }, ['a1', ['b22', 'c']])).toBe(2);
    expect(pick({ count: true, find: { pattern: 'x', flags: '' } }, info)).toBe(0);
    expect(() => pick({ count: true }, null)).toThrow('there is nothing to count');
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
  expect(showReply('a\r\nb\u001b[31m\u0000\u009b')).toBe('a\nb\\x1b[31m\\x00\\x9b');
});

it('an error is found in a reply at any depth', () => {
  expect(errorIn(['OK', [new ReplyError('ERR x')]])?.message).toBe('ERR x');
  expect(errorIn(['OK', [null]])).toBeUndefined();
});
