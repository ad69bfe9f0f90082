// Everything a fresh clone needs before it can drill: dependencies, a container engine, the build, the images. Runs
// before node_modules exists, so it uses nothing but Node. Safe to run again: what is there is left alone.
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ensureBuild } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { ensureEngine } from './setup/engine.mjs';
import { ensureImages } from './setup/images.mjs';
import { Refusal, say } from './setup/shell.mjs';

/** @returns {Promise<number>} 0, or the exit status when something is missing that can't be put there. */
export async function setUp() {
  try {
    ensureDependencies();
    await ensureEngine();
    ensureBuild();
    await ensureImages();
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(error.message);
    return 2;
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) process.exit(await setUp());
