/**
 * One volume that every container of the run sees, filled by one upload: an upload costs the engine as much as a container's
 * start does, so sixty of them would double the start of sixty containers.
 */
import type Dockerode from 'dockerode';
import type { Journal } from '../journal.js';
import { SHARED } from '../types.js';
import { ask, type Engine } from './engine.js';
import { HELD_BY, HOLDER } from './holder.js';
import type { Labels } from './labels.js';
import { tarOf } from './tar.js';

export interface Share {
  readonly volume: string;
  /** It has the program that holds servers. */
  readonly holds: boolean;
  /** Files can only be sent through a container that has the volume: the first that comes carries them for all. */
  fill(carrier: Dockerode.Container): Promise<void>;
}

export async function createShare(
  engine: Engine,
  volume: string,
  labels: Labels,
  journal: Journal,
  files: Record<string, string>,
  holder: Buffer | undefined,
): Promise<Share> {
  await journal.note({ intent: 'volume', name: volume });
  await ask(`create volume ${volume}`, engine.docker.createVolume({ Name: volume, Labels: labels }));
  const absolute = Object.fromEntries(
    Object.entries({ ...files, ...(holder && { [HELD_BY]: holder }) }).map(([path, content]) => [
      `${SHARED}/${path}`,
      content,
    ]),
  );
  let filling: Promise<void> | undefined;
  return {
    volume,
    holds: holder !== undefined,
    fill: (carrier) => {
      filling ??= tarOf(absolute, [HOLDER]).then(async (archive) => {
        await ask('share files', carrier.putArchive(archive, { path: '/' }));
      });
      return filling;
    },
  };
}
