/** How one gets in. */
import type { SecureContext } from 'node:tls';

/** Who a connection says it is. Without a user it is the default one; without a password there is no AUTH. */
export interface Credentials {
  user?: string | undefined;
  password?: string | undefined;
}

/** What a client needs: PEM texts for the client library, and the same prepared once for our own connections, which open often. */
export interface ClientTls {
  ca: string;
  cert: string;
  key: string;
  servername: string;
  secureContext: SecureContext;
}

/**
 * Who may connect to the servers of a deployment. What it says of clients and replication is what holds now: a procedure that
 * rotates a password writes the new one here.
 */
export interface Access {
  /** Probes, observers and administration: a user of their own, so that they go on seeing while clients are locked out. */
  harness: Credentials;
  clients: Credentials;
  replication: Credentials;
  /** Of sentinels at the servers they watch. */
  sentinels: Credentials;
  /** Where connections are made over TLS: whom to trust, and what to show. */
  readonly tls?: ClientTls | undefined;
  /** Every password that ever was: none of them may stand in a report. */
  readonly secrets: string[];
}
