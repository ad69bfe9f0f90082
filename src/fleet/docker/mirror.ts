import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { RedrillError } from '../../core/errors.js';
import { s } from '../../core/units.js';

const run = promisify(execFile);

/** The Debian mirror that this machine's apt uses. */
export async function findDebianMirror(): Promise<string> {
  const fields = '$(LABEL)|$(REPO_URI)';
  const { stdout } = await run('apt-get', ['indextargets', '--format', fields, 'Identifier: Packages'], {
    timeout: s(10),
  }).catch((cause) => {
    throw noMirror(cause);
  });
  const mirror = pickMirror(stdout);
  if (!mirror) throw noMirror();
  return mirror;
}

/** The main archive: security and third-party archives carry other labels. */
export const pickMirror = (lines: string): string | undefined =>
  /^Debian\|(\S+)$/m.exec(lines)?.[1]?.replace(/\/$/, '');

const noMirror = (cause?: unknown): RedrillError =>
  new RedrillError('IMAGE', "apt's configuration names no Debian mirror to build an image from", {
    hint: 'Images are built from packages on Debian only; elsewhere an image registry must be reachable.',
    cause,
  });
