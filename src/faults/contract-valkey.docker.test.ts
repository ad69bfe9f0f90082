import { contractOn } from './testing/contract.js';

contractOn('valkey/valkey:8.1');
// The server's own slot migration came with 9.0.
contractOn('valkey/valkey:9.1', { only: ['abort-atomic-migration'], proofs: true });
