import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EventName, events, formatWhen, parseWhen, type WhenEvent } from './when.js';

const event: fc.Arbitrary<WhenEvent> = fc.oneof(
  fc.constantFrom(...(Object.keys(events) as EventName[])).map((on) => ({ on })),
  fc.stringMatching(/^[a-z0-9-]{1,20}$/).map((id) => ({ on: 'after' as const, id })),
  fc
    .tuple(fc.stringMatching(/^[a-zA-Z0-9 .*]{0,19}[a-zA-Z0-9]$/), fc.constantFrom('', 'i', 's', 'is'))
    .filter(([pattern]) => isRegex(pattern))
    .map(([pattern, flags]) => ({ on: 'log' as const, pattern, flags })),
  fc
    .constantFrom('primary of shard 1', 'node-3', 'all')
    .map((of) => ({ on: 'log' as const, pattern: 'x', flags: '', of })),
  fc
    .constantFrom(
      'node-4 is primary',
      'node-4 is not replica of node-1',
      'primary of shard 1 is not node-4',
      'cluster ok on node-2',
      'shard 1 has >= 1 replicas',
      'shard 2 does not serve',
      'slot 42 migrating',
      'nodes agree',
    )
    .map((words) => parseWhen(words)),
);

function isRegex(pattern: string): boolean {
  try {
    return Boolean(new RegExp(pattern));
  } catch {
    return false;
  }
}

describe('when events', () => {
  it('read back what they print', () => {
    fc.assert(
      fc.property(event, (e) => {
        expect(parseWhen(formatWhen(e))).toEqual(e);
      }),
    );
  });

  it('are parsed or refused in words, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseWhen(text);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect((error as Error).message).toMatch(
            /unknown event|regular expression|have no meaning|is not a target|no saved value|not a number|by chance/,
          );
        }
      }),
    );
  });

  it('take any spacing, and slashes inside the pattern', () => {
    expect(parseWhen('  failover   complete ')).toEqual({ on: 'failover complete' });
    expect(parseWhen('log matches /a/b/i')).toEqual({ on: 'log', pattern: 'a/b', flags: 'i' });
  });

  it('say what was meant, or what there is', () => {
    expect(() => parseWhen('failover complet')).toThrow(
      'unknown event "failover complet". Did you mean "failover complete"?',
    );
    expect(() => parseWhen('full moon')).toThrow(/Known: steady, suspected, failed, .*after <id>, log matches/);
    expect(() => parseWhen('slot 42 melts')).toThrow('unknown event "slot 42 melts". Known:');
    expect(() => parseWhen('log matches /x/g')).toThrow('the flags g and y have no meaning here');
  });
});
