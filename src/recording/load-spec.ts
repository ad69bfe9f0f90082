/** What load a drill is under, as its scenario asks for it. */

export interface LoadSpec {
  kind: 'append' | 'expiring' | 'cache' | 'read' | 'none';
  clients: number;
  /** Operations per second over all clients. */
  rate: number;
  /** WAIT for this many replicas after each write; 0 is fire and forget. */
  waitReplicas: number;
  /** Which client settings carry the load: one of them, tuned and default in turn, or all in turn. */
  profiles: 'tuned' | 'default' | 'patient' | 'both' | 'all';
  keys: number;
  /** ms, of kind expiring. */
  ttl: number;
  /** Bytes of one value. */
  valueSize: number;
}

export interface PubSubSpec {
  /** Messages a second. */
  rate: number;
  /** By shard (SSUBSCRIBE, SPUBLISH), instead of to everybody. */
  sharded: boolean;
}
