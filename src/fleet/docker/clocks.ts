/** A wall clock that can be moved, for every process of a container: a library that is preloaded into them (docker/clock.c). */
import { readFileSync } from 'node:fs';
import type { ContainerSpec, Skew } from '../types.js';
import type { Tools } from './tools.js';

const FOLDER = '/.redrill';
const LIBRARY = `${FOLDER}/clock.so`;
export const CLOCK = `${FOLDER}/clock`;

const source = new URL('../../../docker/clock.c', import.meta.url);

const COMPILE = `
folder=$(mktemp -d)
printf %s "$1" > "$folder/clock.c"
tcc -shared -nostdlib -o "$folder/clock.so" "$folder/clock.c"
base64 -w 0 "$folder/clock.so"
rm -r "$folder"
`;

/** Compiled where the engine is: containers have its processor. */
export const compileClock = async (tools: Tools): Promise<Buffer> =>
  Buffer.from(await tools.script(COMPILE, [readFileSync(source, 'utf8')]), 'base64');

/** The same container with the library in it, which does nothing until the clock is moved. */
export const withClock = (spec: ContainerSpec, library: Buffer): ContainerSpec => ({
  ...spec,
  files: { ...spec.files, [LIBRARY]: library, [CLOCK]: clockFile({ offset: 0 }, 0) },
  env: { ...spec.env, LD_PRELOAD: LIBRARY },
});

/** As the library reads it: `wall` is the moment, in ms since the Unix epoch, from which the drift counts. */
export function clockFile({ offset, drift = 0 }: Skew, wall: number): Buffer {
  const file = Buffer.alloc(24);
  file.writeBigInt64LE(BigInt(Math.round(offset * 1e6)), 0);
  file.writeBigInt64LE(BigInt(Math.round(drift * 1e6)), 8);
  file.writeBigInt64LE(BigInt(Math.round(wall * 1e6)), 16);
  return file;
}
