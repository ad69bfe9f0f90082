/** The server process: it crashes, is killed, stops, restarts or hangs. */
import { kill } from './kill.js';
import { pause } from './pause.js';
import { restart } from './restart.js';
import { segfault } from './segfault.js';
import { stop } from './stop.js';

export const node = { segfault, kill, stop, restart, pause };
