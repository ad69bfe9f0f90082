/** What this kernel can shape packets with, found out by trying. */
import { readFileSync } from 'node:fs';
import type { Tools } from '../tools.js';

/** netem does everything but throttle; the queue is its stand-in; htb throttles. */
export type Shaping = 'netem' | 'queue' | 'htb';

export const PROGRAM = '/run/netqueue.py';
const program = readFileSync(new URL('../../../../docker/netqueue.py', import.meta.url), 'utf8');

/** Each is tried for real, in a network namespace that is thrown away. Prints the names of what worked. */
const TRY = `
printf %s "$1" > ${PROGRAM}
try() { if unshare -n sh -euc "$2" >/dev/null 2>&1; then echo "$1"; fi; }
classes='
  tc qdisc add dev lo root handle 1: htb
  tc class add dev lo parent 1: classid 1:1 htb rate 1mbit
  iptables -t mangle -A POSTROUTING -j CLASSIFY --set-class 1:1
'
try htb "$classes"
try netem "$classes tc qdisc add dev lo parent 1:1 netem delay 1ms"
try queue 'iptables -t mangle -A POSTROUTING -j NFQUEUE --queue-num 0 --queue-bypass; python3 ${PROGRAM}'
`;

/** Leaves the queue's program where the tools find it. */
export async function shapingOf(tools: Tools): Promise<Set<Shaping>> {
  const said = await tools.script(TRY, [program]);
  const can = new Set(said.split('\n').filter((line) => line !== '') as Shaping[]);
  // So that the stand-in can be tried on kernels that have netem too.
  if (process.env.REDRILL_SHAPING === 'queue') can.delete('netem');
  // And so that a drill can be seen to be refused on a kernel that has neither.
  if (process.env.REDRILL_SHAPING === 'none') can.clear();
  return can;
}
