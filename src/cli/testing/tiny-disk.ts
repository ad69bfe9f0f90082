/** A file system so small that it can be filled. Needs root on Linux. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The folder whose files take the space. */
export const BALLAST = '.ballast';

export interface TinyDisk extends Disposable {
  readonly path: string;
  /** Leaves so many bytes, and room for so many new files. */
  leave(room: { bytes: number; files?: number }): void;
}

export function tinyDisk(path: string): TinyDisk | undefined {
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,nr_inodes=200', 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const ballast = join(path, BALLAST);
  return {
    path,
    leave({ bytes, files = 100 }) {
      rmSync(ballast, { recursive: true, force: true });
      mkdirSync(ballast);
      const heap = openSync(join(ballast, 'heap'), 'w');
      const { bavail, bsize } = statfsSync(path);
      const page = Buffer.alloc(bsize);
      for (let left = bavail * bsize - bytes; left >= bsize; left -= bsize) writeSync(heap, page);
      closeSync(heap);
      for (let n = statfsSync(path).ffree; n > files; n--) writeFileSync(join(ballast, `${n}`), '');
    },
    [Symbol.dispose]: () => void execFileSync('umount', [path], { stdio: 'ignore' }),
  };
}
