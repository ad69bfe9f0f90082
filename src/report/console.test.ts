import { PassThrough } from 'node:stream';
import { WriteStream } from 'node:tty';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { renderConsole } from './console.js';
import { inputOf, skippedInput } from './testing/inputs.js';

beforeEach(() => void vi.stubEnv('FORCE_COLOR', undefined));
afterEach(() => void vi.unstubAllEnvs());

/** A stream that says it is a terminal; nothing is written to it. */
const terminal = (): NodeJS.WritableStream =>
  Object.assign(new PassThrough(), {
    isTTY: true,
    getColorDepth: WriteStream.prototype.getColorDepth,
    hasColors: () => true,
  }) as unknown as WriteStream;
const ESC = '\u001b';

describe('the console summary', () => {
  it('shows verdict, objectives with margins, phases with predictions, losses, and how to open the report', () => {
    const text = renderConsole(inputOf('segfault').result, { page: 'reports/x/index.html', platform: 'linux' });
    for (const part of [
      /^✓ primary-segfault passed/,
      /✓ {2}recovery time +3.4 s +under 8 s +57 % of the budget unused/,
      /suspected {2}\+2.4 s +predicted 2 s to 3.1 s: in range +observer on node-3/,
      /3 acknowledged writes lost of 3\s200 acknowledgements, over 9 ms/,
      /3 not replicated at the crash/,
      /xdg-open reports\/x\/index.html/,
    ])
      expect(text).toMatch(part);
  });

  it('says of a skipped drill that it was skipped and why, and no more', () => {
    const text = renderConsole(skippedInput('no such command').result);
    expect(text).toMatch(/^- primary-segfault was skipped: no such command\n/);
    expect(text).not.toMatch(/Objectives|Acknowledged/);
  });

  it('is plain where there is no terminal', () => {
    expect(renderConsole(inputOf('never').result, { stream: new PassThrough() })).not.toContain(ESC);
    expect(renderConsole(inputOf('never').result)).not.toContain(ESC);
  });

  it('has colour on a terminal, unless NO_COLOR is set', () => {
    vi.stubEnv('NO_COLOR', undefined);
    vi.stubEnv('TERM', 'xterm-256color');
    vi.stubEnv('NODE_DISABLE_COLORS', undefined);
    // A terminal inside an unknown CI system is not believed to have colours.
    vi.stubEnv('CI', undefined);
    expect(renderConsole(inputOf('never').result, { stream: terminal() })).toContain(ESC);
    vi.stubEnv('NO_COLOR', '1');
    expect(renderConsole(inputOf('never').result, { stream: terminal() })).not.toContain(ESC);
  });

  it('never passes on terminal sequences of a server', () => {
    const { result } = inputOf();
    expect(renderConsole({ ...result, warnings: ['\u001b[2Jgone'] })).toContain('! gone');
  });
});
