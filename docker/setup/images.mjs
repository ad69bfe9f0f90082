import { aptInstall, mayInstall, Refusal, say } from './shell.mjs';

/** The image that the catalogue's scenarios use, and the tools that faults need. */
const names = ['redis:7.0', 'redrill/tools'];

export async function ensureImages() {
  const { resolveImage } = await import('../../dist/fleet/index.js');
  for (const name of names) {
    try {
      await resolveImage(name, { note: say });
    } catch (error) {
      if (error.code === 'IMAGE' && error.cause?.code === 'ENOENT' && mayInstall()) {
        aptInstall(['mmdebstrap']);
        await retry(resolveImage, name);
      } else if (error.code === undefined) throw error;
      else throw refusal(error);
    }
  }
}

const retry = (resolveImage, name) =>
  resolveImage(name, { note: say }).catch((error) => {
    throw refusal(error);
  });

const refusal = (error) => new Refusal(error.hint ? `${error.message}\n  ${error.hint}` : error.message);
