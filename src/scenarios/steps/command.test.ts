import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { administers, argumentsOf, commandsOf, promotes, showCommand } from './command.js';

describe('a command line', () => {
  it('is words and texts in quotes, as for redis-cli', () => {
    expect(argumentsOf(`  SET key "two words"  'it''s' `.replace("''", "\\'"))).toEqual([
      'SET',
      'key',
      'two words',
      "it's",
    ]);
    expect(argumentsOf('SET k "a\\n\\"b\\""')).toEqual(['SET', 'k', 'a\n"b"']);
    expect(argumentsOf('SET k ""')).toEqual(['SET', 'k', '']);
  });

  it('says what is wrong with a quote', () => {
    expect(() => argumentsOf('SET a "b')).toThrow('a quote is not closed: "b');
    expect(() => argumentsOf('SET "a"b')).toThrow('a space is missing before b');
    expect(() => commandsOf(' \n ')).toThrow('an empty command');
  });

  it('shows any arguments so that they read back', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (args) => {
        expect(argumentsOf(showCommand(args))).toEqual(args);
      }),
    );
  });

  it('is one of several where a text has several lines', () => {
    expect(commandsOf('ASKING\n\n  GET foo\n')).toEqual([['ASKING'], ['GET', 'foo']]);
  });

  it.each([
    ['CLUSTER FAILOVER', true],
    ['config set maxmemory 1', true],
    ['CLUSTER NODES', false],
    ['CONFIG GET maxmemory', false],
    ['SET foo bar', false],
    ['SENTINEL masters', false],
    ['DEBUG SLEEP 1', true],
  ])('%s administers: %s', (line, answer) => {
    expect(administers(argumentsOf(line))).toBe(answer);
  });

  it('may promote a node', () => {
    expect(promotes(argumentsOf('cluster failover takeover'))).toBe(true);
    expect(promotes(argumentsOf('CLUSTER NODES'))).toBe(false);
  });
});
