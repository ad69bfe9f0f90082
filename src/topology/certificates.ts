/** TLS for one run: an authority of its own and one certificate, which every server and the harness show to each other. */

import { generateKeyPair, randomBytes } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { promisify } from 'node:util';
import type { pki } from 'node-forge';
import type { Access, ClientTls } from '../server/access.js';
import { accessOf } from './access.js';
import type { TopologySpec } from './types.js';

/** PEM texts. */
export interface Certificates {
  ca: string;
  cert: string;
  key: string;
}

/** The harness may reach a node by an address that nobody knows in advance: it asks for this name instead. */
const SERVER = 'server.redrill.internal';
const DAY = 86_400_000;

/** @param addresses of the servers, for those who check them. */
export async function makeCertificates(addresses: readonly string[]): Promise<Certificates> {
  const { default: forge } = await import('node-forge');
  const [authority, server] = await Promise.all([keyPair(), keyPair()]);
  const sign = (subject: string, publicKey: string, extensions: object[]): string => {
    const certificate: pki.Certificate = forge.pki.createCertificate();
    certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
    certificate.serialNumber = serialNumber();
    // The clocks of a container engine on another machine need not agree with ours.
    certificate.validity.notBefore = new Date(Date.now() - DAY);
    certificate.validity.notAfter = new Date(Date.now() + 30 * DAY);
    certificate.setSubject([{ name: 'commonName', value: subject }]);
    certificate.setIssuer([{ name: 'commonName', value: AUTHORITY }]);
    certificate.setExtensions(extensions);
    certificate.sign(forge.pki.privateKeyFromPem(authority.privateKey), forge.md.sha256.create());
    return forge.pki.certificateToPem(certificate);
  };
  return {
    ca: sign(AUTHORITY, authority.publicKey, [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ]),
    cert: sign(SERVER, server.publicKey, [
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: SERVER }, ...addresses.map((ip) => ({ type: 7, ip }))] },
    ]),
    key: server.privateKey,
  };
}

const AUTHORITY = 'redrill run';

/**
 * A positive number of 17 octets in hexadecimal. Its first octet is no chance: one of 128 and more would make it negative, and a zero
 * before a small one is padding that DER forbids (X.690, section 8.3.2).
 */
export const serialNumber = (chance: Buffer = randomBytes(16)): string => `01${chance.toString('hex')}`;

const keyPair = (): Promise<{ publicKey: string; privateKey: string }> =>
  promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });

export const clientTls = (certificates: Certificates): ClientTls => ({
  ...certificates,
  servername: SERVER,
  secureContext: createSecureContext(certificates),
});

/** Files for the run's share. */
export const tlsFiles = ({ ca, cert, key }: Certificates): Record<string, string> => ({
  'tls/ca.crt': ca,
  'tls/server.crt': cert,
  'tls/server.key': key,
});

/** With certificates for these servers where the topology wants TLS; the files are for the run's share. */
export async function makeAccess(
  spec: TopologySpec,
  seats: readonly { ip: string }[],
  secrets: string[] = [],
): Promise<{ access: Access; files: Record<string, string> }> {
  if (!spec.tls) return { access: accessOf(spec, { secrets }), files: {} };
  const certificates = await makeCertificates(seats.map(({ ip }) => ip));
  return { access: accessOf(spec, { tls: clientTls(certificates), secrets }), files: tlsFiles(certificates) };
}
