/** Sentinels and what they decide. That one crashes, hangs or is cut off is said with the faults of nodes and networks. */
import { crashLeader } from './crash-leader.js';
import { tilt } from './tilt.js';
import { wipeSentinel } from './wipe-sentinel.js';

export const sentinel = { 'crash-leader': crashLeader, tilt, 'wipe-sentinel': wipeSentinel };
