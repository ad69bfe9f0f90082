import { describe, expect, it } from 'vitest';
import { describePlan } from '../describe.js';
import { planOf, printable, secretsOf } from '../plan.js';
import { loadOne } from '../testing/write.js';
import { argumentsOf } from './command.js';
import { hideSecrets, secretsIn } from './secrets.js';

describe('a password in a command', () => {
  it.each([
    ['AUTH hunter2', 'AUTH ***', ['hunter2']],
    ['AUTH alice hunter2', 'AUTH alice ***', ['hunter2']],
    ['HELLO 2 AUTH alice hunter2', 'HELLO 2 AUTH alice ***', ['hunter2']],
    ['config set requirepass hunter2 maxmemory 0', 'config set requirepass *** maxmemory 0', ['hunter2']],
    ['CONFIG SET masterauth hunter2', 'CONFIG SET masterauth ***', ['hunter2']],
    ['ACL SETUSER default on >new <old +@all ~*', 'ACL SETUSER default on >*** <*** +@all ~*', ['new', 'old']],
    ['SENTINEL SET drill auth-pass hunter2', 'SENTINEL SET drill auth-pass ***', ['hunter2']],
    ['MIGRATE h 1 k 0 9 AUTH2 alice hunter2 KEYS a', 'MIGRATE h 1 k 0 9 AUTH2 alice *** KEYS a', ['hunter2']],
    ['SET requirepass hunter2', 'SET requirepass hunter2', []],
    ['CONFIG GET requirepass', 'CONFIG GET requirepass', []],
  ])('of %s is found', (line, hidden, secrets) => {
    expect(hideSecrets(argumentsOf(line)).join(' ')).toBe(hidden);
    expect(secretsIn(argumentsOf(line))).toEqual(secrets);
  });

  it('stands neither in a printed plan nor in one that is kept', async () => {
    const plan = planOf(
      await loadOne(`
name: secrets
timeline:
  - at: 1s
    on: all
    steps:
      - run: ACL SETUSER default >hunter2
      - run: CONFIG GET requirepass
        field: requirepass
        reply: hunter2
      - run: AUTH default hunter2
`),
    );
    expect(secretsOf(plan)).toEqual(['hunter2', 'hunter2']);
    expect(describePlan(printable(plan))).not.toContain('hunter2');
    expect(JSON.stringify(printable(plan))).not.toContain('hunter2');
    expect(JSON.stringify(plan)).toContain('hunter2');
  });
});
