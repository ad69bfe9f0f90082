/**
 * Who we are to a registry, as `docker login` left it: testcontainers reads Docker's configuration and asks its credential helpers.
 * The pull itself is ours: theirs tells of no progress, can't be broken off, and takes an error on the way for the end.
 */
import type { getAuthConfig } from 'testcontainers/build/container-runtime/index.js';

export type Credentials = NonNullable<Awaited<ReturnType<typeof getAuthConfig>>>;

/** `index`: the registry of names that have none. */
export async function credentialsFor(ref: string, index: string): Promise<Credentials | undefined> {
  // Imported here, like the rest of it: it takes a quarter of a second.
  const { getAuthConfig, ImageName } = await import('testcontainers/build/container-runtime/index.js');
  return getAuthConfig(ImageName.fromString(ref).registry ?? index);
}
