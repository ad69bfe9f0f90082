/**
 * The grammar of image references. What does not follow it must not reach an engine: the name becomes a part of an address
 * there, and `//host` would be a request to somebody else.
 */
import { RedrillError } from '../core/errors.js';

const PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const DOMAIN =
  '(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]{1,5})?/)?';
const NAME = new RegExp(
  `^${DOMAIN}${PART}(?:/${PART})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
);

export const isImageName = (text: string): boolean =>
  text.length <= 256 && (NAME.test(text) || /^sha256:[0-9a-f]{64}$/.test(text));

/** @throws RedrillError */
export function checkImageName(text: string): void {
  if (!isImageName(text))
    throw new RedrillError('USAGE', `${JSON.stringify(text)} is not the name of an image`, {
      hint: 'write for example redis:7.0, or registry.example/valkey/valkey:8.1',
    });
}
