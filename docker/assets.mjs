// The build's last step: what the compiler does not emit (styles and scripts of the HTML report) goes beside what it does.
import { chmodSync, copyFileSync, mkdirSync, readdirSync } from 'node:fs';

const from = new URL('../src/report/html/', import.meta.url);
const to = new URL('../dist/report/html/', import.meta.url);
mkdirSync(to, { recursive: true });
for (const name of readdirSync(from))
  if (/\.(css|js)$/.test(name)) copyFileSync(new URL(name, from), new URL(name, to));
chmodSync(new URL('../dist/cli/main.js', import.meta.url), 0o755);
