/**
 * The program that holds the server in each container (docker/holder.c), compiled where the engine is and kept for the next run.
 * It is linked with all it needs: server images may hold any C library, or none.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../core/folder.js';
import { stateDirectory } from '../journal.js';
import { SHARED } from '../types.js';
import type { Engine } from './engine.js';
import type { Tools } from './tools.js';

/** In the run's share. */
export const HELD_BY = 'holder';
export const HOLDER = `${SHARED}/${HELD_BY}`;

const source = readFileSync(new URL('../../../docker/holder.c', import.meta.url), 'utf8');

/** Without a program to run it ends at once: that proves that it can be run. */
const COMPILE = `
folder=$(mktemp -d)
printf %s "$1" > "$folder/holder.c"
set -- /usr/lib/*-linux-musl
triplet=$(basename "$1")
tcc -nostdinc -nostdlib -static -I "/usr/include/$triplet" -o "$folder/holder" \
  "$1/crt1.o" "$folder/holder.c" "$1/libc.a" /usr/lib/*/tcc/libtcc1.a
"$folder/holder"
base64 -w 0 "$folder/holder"
rm -r "$folder"
`;

/** @throws when there are no tools to compile it with. */
export async function holderFor(engine: Engine, tools: () => Promise<Tools>): Promise<Buffer> {
  const hash = createHash('sha256').update(source).update(COMPILE).update(engine.id).digest('hex').slice(0, 16);
  const kept = join(stateDirectory(), `holder-${hash}`);
  const found = await readFile(kept).catch(() => undefined);
  if (found?.subarray(0, 4).equals(ELF)) return found;
  const made = Buffer.from(await (await tools()).script(COMPILE, [source]), 'base64');
  // A cache: not being able to write costs the next run half a second.
  await makeFolder(stateDirectory())
    .then(() => writeFile(`${kept}-${process.pid}`, made, { mode: 0o600 }))
    .then(() => rename(`${kept}-${process.pid}`, kept))
    .catch(() => {});
  return made;
}

const ELF = Buffer.from('\x7fELF', 'latin1');
