/** A file system so small that it can be filled. Needs root on Linux. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, statfsSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The file that takes the space. */
export const BALLAST = '.ballast';

export interface TinyDisk extends Disposable {
  readonly path: string;
  /** Leaves so many bytes free. */
  fill(free: number): void;
}

export function tinyDisk(path: string, size: string): TinyDisk | undefined {
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const ballast = join(path, BALLAST);
  return {
    path,
    fill(free) {
      closeSync(openSync(ballast, 'a'));
      truncateSync(ballast);
      const { bavail, bsize } = statfsSync(path);
      const file = openSync(ballast, 'w');
      const page = Buffer.alloc(bsize);
      for (let left = bavail * bsize - free; left >= bsize; left -= bsize) writeSync(file, page);
      closeSync(file);
    },
    [Symbol.dispose]: () => void execFileSync('umount', [path], { stdio: 'ignore' }),
  };
}
