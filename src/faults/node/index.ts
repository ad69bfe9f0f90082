/** The server process and what it lives on: it crashes, is killed, stops, restarts, hangs, starves or forgets who it is. */
import { coldStart } from './cold-start.js';
import { crashLoop } from './crash-loop.js';
import { hang } from './hang.js';
import { kill } from './kill.js';
import { loseHost } from './lose-host.js';
import { oomKill } from './oom-kill.js';
import { pause } from './pause.js';
import { readdress } from './readdress.js';
import { restart } from './restart.js';
import { segfault } from './segfault.js';
import { slowNode } from './slow-node.js';
import { stallClients } from './stall-clients.js';
import { stop } from './stop.js';
import { throttleCpu } from './throttle-cpu.js';
import { wipeConfig } from './wipe-config.js';

export const node = {
  segfault,
  kill,
  'lose-host': loseHost,
  stop,
  restart,
  'cold-start': coldStart,
  readdress,
  'crash-loop': crashLoop,
  'oom-kill': oomKill,
  pause,
  hang,
  'stall-clients': stallClients,
  'slow-node': slowNode,
  'throttle-cpu': throttleCpu,
  'wipe-config': wipeConfig,
};
