// Everything that is needed before the first drill: in a fresh clone dependencies and the build, anywhere a container engine and
// the images. Runs before node_modules exists, so it uses nothing but Node. Safe to run again: what is there is left alone.
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuild } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { ensureEngine } from './setup/engine.mjs';
import { ensureImages } from './setup/images.mjs';
import { Refusal, root, say } from './setup/shell.mjs';

/** An installed package was built before it was packed, and npm has brought its dependencies. */
const isClone = existsSync(join(root, 'package-lock.json'));

/** @returns {Promise<number>} 0, or the exit status when something is missing that can't be put there. */
export async function setUp() {
  try {
    if (isClone) ensureDependencies();
    await ensureEngine();
    if (isClone) ensureBuild();
    await ensureImages();
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(error.message);
    return 2;
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) process.exit(await setUp());
