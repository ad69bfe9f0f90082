/** How images are built from Debian packages where no registry can be reached. The data is docker/images.json. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface Recipe {
  suite: string;
  /** The first one is what the image is about. */
  packages: string[];
  /** For mmdebstrap. */
  options: string[];
  product: string;
  /** A command that proves that the image works and prints its version. */
  check: string[];
}

const file = new URL('../../docker/images.json', import.meta.url);

export const recipes: Readonly<Record<string, Recipe>> = JSON.parse(readFileSync(file, 'utf8'));

/** Changes when the recipe does, so that an image of an older recipe is not taken for a current one. */
export const recipeHash = (recipe: Recipe): string =>
  createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 16);

/** redis:7.0 and valkey/valkey:8.1 are other people's names: what we build is redrill/redis:7.0 and redrill/valkey:8.1. */
export const builtName = (name: string): string => withTag(`redrill/${name.split('/').at(-1)}`);

export const withTag = (name: string): string =>
  name.includes('@') || name.split('/').at(-1)!.includes(':') ? name : `${name}:latest`;
