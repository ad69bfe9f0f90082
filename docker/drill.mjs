// `npm run drill [-- FILE…]`: set-up, then the drill. In this very process: Ctrl-C, standard input and the exit status
// are the drill's own, without anybody in between.
import { join, relative } from 'node:path';
import { root } from './setup/shell.mjs';
import { setUp } from './setup.mjs';

const status = await setUp();
if (status !== 0) process.exit(status);

const main = join(root, 'dist', 'cli', 'main.js');
const args = process.argv.slice(2);
const first = relative(process.cwd(), join(root, 'scenarios', 'primary-segfault.yaml'));
process.argv = [process.argv[0], main, 'run', ...(args.length > 0 ? args : [first])];
await import('../dist/cli/main.js');
