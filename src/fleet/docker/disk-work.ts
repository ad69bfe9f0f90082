/** What is done on a volume from beside its container, with commands of the image that serves it. */
import { RedrillError } from '../../core/errors.js';
import type { Disk, Executed } from '../types.js';

/** Answers every question of a command with yes. */
const YES = ['sh', '-c', 'yes | "$@"', 'sh'];

export function diskWork(
  container: string,
  run: (argv: string[], timeout: number) => Promise<Executed>,
): Pick<Disk, 'exec' | 'remove' | 'fill'> {
  const exec: Disk['exec'] = (argv, { timeout = 30_000, yes = false } = {}) =>
    run(yes ? [...YES, ...argv] : argv, timeout);
  return {
    exec,
    async remove(...paths) {
      const { code, stderr } = await exec(['rm', '-rf', ...paths]);
      if (code !== 0) throw new RedrillError('ENGINE', `${container} keeps ${paths.join(', ')}: ${stderr.trim()}`);
    },
    async fill(file, leave) {
      const { stderr } = await exec(['dd', 'if=/dev/zero', `of=${file}`, 'bs=64k']);
      if (!/No space left/.test(stderr)) return stderr.trim();
      if (leave > 0) await exec(['truncate', '-s', `-${leave}`, file]);
      return undefined;
    },
  };
}
