import { describe, expect, it } from 'vitest';
import { describePlan } from '../describe.js';
import { planOf, printable, secretsOf } from '../plan.js';
import { InvalidScenario } from '../problems.js';
import { loadOne } from '../testing/write.js';
import { argumentsOf, showCommand } from './command.js';
import { hideSecrets, secretsIn, secretsOfReply } from './secrets.js';

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
    [
      `EVAL "redis.call('ACL', 'SETUSER', 'x', '>hunter2')" 0`,
      `EVAL "redis.call('ACL', 'SETUSER', 'x', '>hunter2')" 0`,
      ['hunter2'],
    ],
    ['SET requirepass hunter2', 'SET requirepass hunter2', []],
    ['CONFIG GET requirepass', 'CONFIG GET requirepass', []],
  ])('of %s is found', (line, hidden, secrets) => {
    expect(showCommand(hideSecrets(argumentsOf(line)))).toBe(hidden);
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
      - run: ECHO "hunter2 and aHVudGVyMg=="
      - run: EVAL "return redis.call('AUTH', 'letmein-2')" 0
        error: /letmein-2/
`),
    );
    expect(secretsOf(plan)).toEqual(['hunter2', 'hunter2', 'letmein-2']);
    for (const text of [describePlan(plan), JSON.stringify(printable(plan))])
      expect(text).not.toMatch(/hunter2|aHVudGVyMg|letmein/);
    expect(JSON.stringify(plan)).toContain('hunter2');
  });
});

describe('a password in a scenario file that is wrong', () => {
  it.each([
    ['topology: { password: hunter2, shard: 3 }'],
    ['topology: { users: { app: hunter2 } }'],
    ['topology: { users: { app: { password: hunter2, rule: x } } }'],
    ['topology: { config: { requirepass: hunter2 } }'],
    ['timeline: [{ at: 1s, run: AUTH default hunter2, ont: all }]'],
    ['timeline: [{ at: 1s, run: ACL SETUSER app >hunter2, ont: all }]'],
  ])('is not shown with the place: %s', async (line) => {
    const error = await loadOne(`name: wrong\n${line}\n`).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InvalidScenario);
    const { message, show } = error as InvalidScenario;
    expect(`${message}\n${show.call(error)}`).not.toContain('hunter2');
    expect(show.call(error)).toContain('^');
  });
});

describe('a reply', () => {
  it.each([
    [['ACL', 'GENPASS'], 'abc123', ['abc123']],
    [['acl', 'LIST'], [`user x on #${'0f'.repeat(32)} ~*`], ['0f'.repeat(32)]],
    [['ACL', 'WHOAMI'], 'default', []],
    [['GET', 'k'], '0f'.repeat(32), []],
  ])('to %s tells secrets: %j', (args, reply, secrets) => {
    expect(secretsOfReply(args, reply)).toEqual(secrets);
  });
});
