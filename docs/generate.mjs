// `npm run generate`: rewrites what the docs and the published schemas say from the registries. Tests refuse stale ones.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const redrill = (words) =>
  execFileSync(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...words], { cwd: root, encoding: 'utf8' });

writeFileSync(join(root, 'schema', 'scenario.schema.json'), redrill(['schema']));
writeFileSync(join(root, 'schema', 'result.schema.json'), redrill(['schema', 'result']));

const part = /(<!-- generated: redrill ([^>]*?) -->\n)[\s\S]*?(<!-- end -->)/g;
for (const name of readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'))) {
  const page = join(root, 'docs', name);
  const text = readFileSync(page, 'utf8');
  const fresh = text.replace(part, (_, head, words, end) => `${head}${redrill(words.split(' ')).trimEnd()}\n${end}`);
  if (fresh !== text) writeFileSync(page, fresh);
}
