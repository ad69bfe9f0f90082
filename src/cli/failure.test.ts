import { CommanderError } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { codes, RedrillError } from '../core/errors.js';
import { reportFailure } from './failure.js';

function reported(error: unknown): { status: number; said: string } {
  const said: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  const status = reportFailure(error);
  return { status, said: said.join('') };
}

describe('a command that throws', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('ends with the status of its code, its place and its hint', () => {
    const error = new RedrillError('IMAGE', 'no such image', {
      hint: 'pull it',
      position: { file: 'a.yaml', line: 3, column: 5 },
    });
    expect(reported(error)).toEqual({ status: codes.IMAGE, said: 'error  a.yaml:3:5  no such image\n  pull it\n' });
  });

  it('ends with 64 for what commander refuses and 0 for its help', () => {
    expect(reported(new CommanderError(1, 'commander.unknownOption', 'x'))).toEqual({ status: 64, said: '' });
    expect(reported(new CommanderError(0, 'commander.helpDisplayed', 'x'))).toEqual({ status: 0, said: '' });
  });

  it('is a bug when nobody expected it, with the stack and its causes', () => {
    const { status, said } = reported(new TypeError('x is undefined', { cause: new Error('because') }));
    expect(status).toBe(70);
    expect(said).toContain('this is a bug in redrill');
    expect(said).toContain('TypeError: x is undefined\n    at ');
    expect(said).toContain('caused by Error: because');
  });

  it('copes with what is no Error', () => {
    expect(reported('just a text')).toMatchObject({ status: 70, said: expect.stringContaining('just a text') });
  });
});
