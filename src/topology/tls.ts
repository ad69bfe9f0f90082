import { SHARED } from '../fleet/types.js';

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
