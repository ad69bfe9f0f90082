/** Above the fleet nobody says with what a thing is done: no shell, no packet filter, no namespace, no engine's address. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const src = fileURLToPath(new URL('..', import.meta.url));

const words =
  /\b(iptables|nsenter|conntrack|qdisc|netem|nfqueue|ifb)\b|\btc (class|filter)\b|\bip (-\w+ )*(addr|link|route|rule)\b|\bss -|(^|['"`/ ])(ba)?sh( -\w*c\b|['"`])|\/(bin|dev)\/|\bpython3?\b|\b127\.0\.0\.11\b/m;

/** What is written for people says what it likes. */
const code = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$|^#!.*/gm, '');

/** The benchmarks measure engines, and start programs of their own. */
const mayName = /^(fleet|bench)\//;

const above = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => relative(src, join(src, file)).split(sep).join('/'))
  .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$|(^|\/)testing\//.test(file) && !mayName.test(file));

test('no code above the fleet speaks of what a fleet does its work with', () => {
  const found = above.flatMap((file) =>
    code(readFileSync(join(src, file), 'utf8'))
      .split('\n')
      .filter((line) => words.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(above.length).toBeGreaterThan(300);
  expect(found).toEqual([]);
});

test.each([
  `on: 'iptables -I INPUT -j "$1"'`,
  "exec(['sh', '-c', FIX])",
  "const script = 'ip -o -4 addr show scope global';",
  'run(`tc qdisc show`)',
  "const SHELL = '/bin/sh';",
  "const RESOLVER = '127.0.0.11';",
  "{ of: 'dd', if: '/dev/zero' }",
])('finds %s', (line) => {
  expect(code(line)).toMatch(words);
});

test.each(['// as iptables does', "const those = shown('hash', publish);", "/** sh -c */ const fresh = 'a flush';"])(
  'has nothing against %s',
  (line) => {
    expect(code(line)).not.toMatch(words);
  },
);
