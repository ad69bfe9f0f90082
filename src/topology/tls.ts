/** TLS for one run: an authority of its own and one certificate, which every server and the harness show to each other. */
import { generateKeyPair, randomBytes } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { promisify } from 'node:util';
import type { pki } from 'node-forge';
import { SHARED } from '../fleet/types.js';

/** PEM texts. */
export interface Certificates {
  ca: string;
  cert: string;
  key: string;
}

/** What a client needs: the texts for the client library, and the same prepared once for our own connections, which open often. */
export interface ClientTls extends Certificates {
  servername: string;
  secureContext: SecureContext;
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

/** TLS everywhere: for clients, between replicas and their primary, on the cluster bus. Nothing listens without it. */
export const tlsSettings = (port: number): Record<string, string> => ({
  port: '0',
  'tls-port': String(port),
  'tls-cluster': 'yes',
  'tls-replication': 'yes',
  'tls-ca-cert-file': `${SHARED}/tls/ca.crt`,
  'tls-cert-file': `${SHARED}/tls/server.crt`,
  'tls-key-file': `${SHARED}/tls/server.key`,
});
