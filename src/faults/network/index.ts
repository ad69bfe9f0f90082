/** Links between nodes, and between nodes and clients. */
import { cutBus } from './cut-bus.js';
import { cutClients } from './cut-clients.js';
import { cutLink } from './cut-link.js';
import { cutOneWay } from './cut-one-way.js';
import { cutReplication } from './cut-replication.js';
import { failDns } from './fail-dns.js';
import { isolate } from './isolate.js';
import { resetConnections } from './reset-connections.js';
import { split } from './split.js';

export const network = {
  isolate,
  split,
  'cut-one-way': cutOneWay,
  'cut-link': cutLink,
  'cut-bus': cutBus,
  'cut-clients': cutClients,
  'cut-replication': cutReplication,
  'reset-connections': resetConnections,
  'fail-dns': failDns,
};
