import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asciiControls, forTerminal, harmless, harmlessIn, oneLine } from './harmless.js';

describe('text of others', () => {
  it.each([
    ['colours', '\u001b[31mred\u001b[0m', 'red'],
    ['cursor movements', 'a\u001b[2Jb\u001b[1;1Hc', 'abc'],
    ['a window title', 'a\u001b]0;owned\u0007b\u001b]0;owned\u001b\\c', 'abc'],
    ['a string for the device', 'a\u001bP1$r0m\u001b\\b\u001b_x\u001b\\c', 'abc'],
    ['another character set', 'a\u001b(0b\u001bcc', 'abc'],
    ['one-byte forms', 'a\u009b31mb\u009d0;x\u009cc', 'abc'],
    ['a sequence that is cut off', 'a\u001b[31', 'a'],
    ['NUL, BEL, backspace', 'a\u0000\u0007b\u0008\u007fc', 'abc'],
    ['another direction of writing', 'a\u202eb\u2066c\u200f', 'abc'],
    ['what hides', 'a\ufeffb\u2060c\u{e0041}', 'abc'],
    ['a half of a character', 'a\ud800b\udc00c', 'abc'],
    ['every kind of line end', 'a\r\nb\rc\u2028d\u0085e', 'a\nb\nc\nd\ne'],
    ['nothing at all', 'naïve → 日本語 👩‍💻\tx', 'naïve → 日本語 👩‍💻\tx'],
  ])('loses %s', (_, text, left) => {
    expect(harmless(text)).toBe(left);
  });

  it('stays on its line where it belongs on one', () => {
    expect(oneLine('  a\r\n\tb\u2028::error::c')).toBe('  a b ::error::c');
  });

  it('is no command for a CI system, whatever stands before it', () => {
    for (const text of [
      '::error::x',
      '  ::add-mask::x',
      'a\n::error::x',
      '\u001b[1m::set-output::x',
      '\u0000::error::x',
    ])
      for (const line of forTerminal(text).split('\n')) expect(line.replace('\u001b[1m', '').trim()).not.toMatch(/^::/);
    expect(forTerminal('a ##[error]b ##vso[task.x]c ##teamcity[d]')).toBe(
      'a ## [error]b ## vso[task.x]c ## teamcity[d]',
    );
    expect(forTerminal('std::vector and a :: b')).toBe('std::vector and a :: b');
  });

  it('may be coloured by us', () => {
    expect(forTerminal('\u001b[32m✓\u001b[0m \u001b[2Jx')).toBe('\u001b[32m✓\u001b[0m x');
  });

  it('is the same value in JSON', () => {
    const value = { a: '\u009b\u202e\u2028\u{e0041}\u007f', b: ['ä\u0000'] };
    const shown = asciiControls(JSON.stringify(value));
    expect(JSON.parse(shown)).toEqual(value);
    expect(shown).not.toMatch(/[\u007f-\u009f\u202e\u{e0041}]/u);
  });

  it('has nothing left that is not seen, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (a, b) => {
        const left = harmless(`${a}\u001b${b}`);
        expect(left).not.toMatch(/[^\P{Cc}\n\t]/u);
        expect(left).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
        expect(harmless(left)).toBe(left);
      }),
    );
  });

  it('is found in data at any depth', () => {
    expect(harmlessIn({ a: ['\u001b[1mx'], '\u0000k': { b: 1, c: null } })).toEqual({ a: ['x'], k: { b: 1, c: null } });
  });
});
