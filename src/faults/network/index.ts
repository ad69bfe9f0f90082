/** Links between nodes, and between nodes and clients. */
import { bandwidth } from './bandwidth.js';
import { cutBus } from './cut-bus.js';
import { cutClients } from './cut-clients.js';
import { cutLink } from './cut-link.js';
import { cutOneWay } from './cut-one-way.js';
import { cutReplication } from './cut-replication.js';
import { duplicate } from './duplicate.js';
import { failDns } from './fail-dns.js';
import { isolate } from './isolate.js';
import { jitter } from './jitter.js';
import { latency } from './latency.js';
import { loss } from './loss.js';
import { reorder } from './reorder.js';
import { resetBus } from './reset-bus.js';
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
  'reset-bus': resetBus,
  'fail-dns': failDns,
  latency,
  jitter,
  loss,
  duplicate,
  reorder,
  bandwidth,
};
