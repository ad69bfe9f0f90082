/**
 * A volume for each container, and one container beside them that has all of these. A volume of limited size is a tmpfs,
 * which the engine unmounts, and forgets, with the last container that uses it: the one beside keeps it mounted while its
 * own container is down. It also reaches the files then, when nothing can be run in the container itself.
 */
import type Dockerode from 'dockerode';
import type { Journal } from '../journal.js';
import type { Disk, DiskSpec } from '../types.js';
import { diskWork } from './disk-work.js';
import { ask, type Engine } from './engine.js';
import { execIn } from './exec.js';
import type { Labels } from './labels.js';

export interface Disks {
  /** The container's own mount, for its creation. */
  mount(container: string): Dockerode.MountSettings | undefined;
  disk(container: string): Disk | undefined;
}

const beside = (container: string): string => `/disks/${container}`;

export async function createDisks(
  engine: Engine,
  runId: string,
  labels: Labels,
  journal: Journal,
  { containers, image, path, size }: DiskSpec,
): Promise<Disks> {
  const volume = (container: string): string => `${runId}-${container}-data`;
  const mounts = containers.map((name) => ({
    Type: 'volume' as const,
    Source: volume(name),
    Target: beside(name),
  }));
  await Promise.all(
    containers.map(async (container) => {
      const name = volume(container);
      await journal.note({ intent: 'volume', name });
      await ask(
        `create volume ${name}`,
        engine.docker.createVolume({
          Name: name,
          Labels: labels,
          ...(size !== undefined && {
            Driver: 'local',
            DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: `size=${size},mode=0777` },
          }),
        }),
      );
    }),
  );
  const name = `${runId}-disks`;
  await journal.note({ intent: 'container', name });
  const keeper = await ask(
    'create the container beside the disks',
    engine.docker.createContainer({
      name,
      Image: image,
      // Some kinds of sleep know no "infinity".
      Entrypoint: ['sleep'],
      Cmd: ['2147483647'],
      User: '0',
      Labels: labels,
      StopSignal: 'SIGKILL',
      HostConfig: {
        NetworkMode: 'none',
        RestartPolicy: { Name: 'no' },
        LogConfig: { Type: 'none', Config: {} },
        Mounts: mounts,
      },
    }),
  );
  await ask('start the container beside the disks', keeper.start());
  const known = new Set(containers);
  return {
    mount: (container) =>
      known.has(container) ? { Type: 'volume', Source: volume(container), Target: path } : undefined,
    disk: (container) =>
      known.has(container)
        ? {
            path,
            size,
            ...diskWork(container, (argv, timeout) =>
              execIn(keeper, `beside the disk of ${container}`, argv, timeout, beside(container)),
            ),
          }
        : undefined,
  };
}
