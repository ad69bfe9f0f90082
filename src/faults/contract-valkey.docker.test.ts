import { contractOn } from './testing/contract.js';

contractOn('valkey/valkey:8.1');
