import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ObjectiveName, objectives } from './index.js';
import { parseObjective } from './parse.js';
import type { Objective } from './types.js';

const names = Object.keys(objectives) as ObjectiveName[];
const failure = (name: string, text: string): string => {
  try {
    parseObjective(name, text);
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was wrong';
};

describe('an objective as people write it', () => {
  it('reads back as operator and limit, in ms, share or count', () => {
    const write: Record<Objective['unit'], (n: number) => [text: string, limit: number]> = {
      duration: (n) => [`${n}ms`, n],
      percent: (n) => [`${(n % 99) + 1}%`, ((n % 99) + 1) / 100],
      count: (n) => [`${n}`, n],
      boolean: () => ['true', 1],
    };
    const blank = fc.constantFrom('', ' ', '  ');
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.integer({ min: 1, max: 99_999 }),
        fc.boolean(),
        blank,
        blank,
        (name, n, strict, a, b) => {
          const { unit, better }: Objective = objectives[name];
          const op = unit === 'boolean' ? '==' : `${better === 'lower' ? '<' : '>'}${strict ? '' : '='}`;
          const [text, limit] = write[unit](n);
          if (unit === 'percent' && limit === 1) return;
          expect(parseObjective(name, `${a}${op}${b}${text}${a}`)).toEqual({
            name,
            op,
            limit,
            text: `${op}${b}${text}`,
          });
        },
      ),
    );
  });

  it.each([
    ['recovery_time', '< 8s', '<', 8000],
    ['recovery_time', '<= 1m30s', '<=', 90_000],
    ['availability', '>= 60%', '>=', 0.6],
    ['availability', '>= 100%', '>=', 1],
    ['lost_acknowledged_writes', '<= 50', '<=', 50],
    ['lost_acknowledged_writes', '== 0', '==', 0],
    ['slots_covered', '== 16384', '==', 16_384],
    ['rpo_seconds', '< 1s', '<', 1000],
    ['data_intact', 'true', '==', 1],
    ['nodes_agree', '== true', '==', 1],
  ])('%s: %s', (name, text, op, limit) => {
    expect(parseObjective(name, text)).toMatchObject({ op, limit });
  });

  it.each([
    ['recovery_time', '8', '"8" has no unit; write 8s or 8ms'],
    ['recovery_time', '< 8', '"8" has no unit; write 8s or 8ms'],
    ['recovery_time', '< soon', '"soon" is not a duration; write for example 500ms, 5s or 1m30s'],
    ['recovery_time', '8s', '"8s" has no comparison; write "<= 8s"'],
    ['recovery_time', '> 5s', '"> 5s" would be met by a bad result: lower is better here; write "< 5s"'],
    ['availability', '<= 60%', '"<= 60%" would be met by a bad result: higher is better here; write ">= 60%"'],
    ['availability', '>= 60', '"60" has no unit; write 60%'],
    ['availability', '>= 160%', '"160%" is more than 100%'],
    ['availability', '>= 0%', '">= 0%" is always met, so it proves nothing'],
    ['availability', '> 100%', '"> 100%" can never be met; write ">= 100%"'],
    ['error_rate', '<= 100%', '"<= 100%" is always met, so it proves nothing'],
    ['recovery_time', '< 0s', '"< 0s" can never be met; write "<= 0ms"'],
    ['recovery_time', '< -3s', '"-3s" is negative'],
    ['recovery_time', '== 5s', '"== 5s" asks for an exact duration, which no measurement hits; write "<= 5s"'],
    ['recovery_time', '=< 5s', '"=<" is no comparison; write "<="'],
    ['recovery_time', '= 5s', '"=" is no comparison; write "=="'],
    ['recovery_time', '', '"" has no limit; write for example "< 8s"'],
    ['lost_acknowledged_writes', '<= 5.5', '"5.5" is not a whole number; write for example "<= 50"'],
    ['lost_acknowledged_writes', '<= 5s', '"5s" is not a whole number; write for example "<= 50"'],
    ['nodes_agree', 'yes', '"yes" is not a boolean; write true'],
    ['nodes_agree', 'false', 'only "true" can be an objective: a drill does not aim at failing'],
    ['nodes_agree', '>= true', '">= true" compares a yes or no; write true'],
  ])('%s: %s is refused', (name, text, message) => {
    expect(failure(name, text)).toBe(message);
  });

  it('has a known name', () => {
    expect(failure('recovery_tim', '< 8s')).toMatch(
      /^unknown objective "recovery_tim"\. Did you mean "recovery_time"\? Known are recovery_time, /,
    );
    expect(failure('toString', '< 8s')).toMatch(/^unknown objective "toString"\. Known are /);
  });

  it('is refused in words for anything else, never with a crash', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.string(), (name, text) => {
        const message = failure(name, text);
        expect(message).not.toMatch(/undefined|NaN|\[object/);
        expect(message.length).toBeGreaterThan(10);
      }),
    );
  });
});
