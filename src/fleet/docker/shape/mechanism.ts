/**
 * What the kernel shapes packets with. netem does everything but throttle, where the kernel has it. The stand-in is
 * netfilter's queue, which hands packets to a program (docker/netqueue.py) that lets them go later, never, twice or out of
 * their turn. A token bucket (HTB) throttles beside either.
 */
import { RedrillError } from '../../../core/errors.js';
import type { Impairment } from '../../types.js';
import type { Class } from './combine.js';
import type { Shaping } from './kernel.js';

export interface Mechanism {
  packets: 'netem' | 'queue' | undefined;
  throttles: boolean;
}

const NAMES = { netem: 'sch_netem', queue: 'NFQUEUE', htb: 'sch_htb' } as const;

/** @throws RedrillError when the kernel can't. */
export function mechanismFor(classes: readonly Class[], can: ReadonlySet<Shaping>): Mechanism {
  const throttles = classes.some(({ suffers }) => suffers.rate !== undefined);
  if (throttles && !can.has('htb')) throw unable('limit bandwidth', ['htb']);
  if (!classes.some(({ suffers }) => onPackets(suffers))) return { packets: undefined, throttles };
  const first = can.has('netem') && can.has('htb') && netemCan(classes) ? 'netem' : 'queue';
  if (first === 'queue' && !can.has('queue'))
    throw unable('delay, lose, double or reorder packets so', ['netem', 'queue']);
  return { packets: first, throttles };
}

export const onPackets = ({ delay, jitter, loss, duplicate, reorder }: Impairment): boolean =>
  [delay, jitter, loss, duplicate, reorder].some((value) => value !== undefined);

/**
 * netem reorders by sending a share of the packets at once and delaying the others, so it can't do that on a delayed way;
 * and since 2025 kernels refuse a doubling netem beside any other.
 */
function netemCan(classes: readonly Class[]): boolean {
  const own = classes.map(({ suffers }) => suffers).filter(onPackets);
  if (own.some(({ reorder, delay, jitter }) => reorder !== undefined && (delay ?? jitter) !== undefined)) return false;
  return own.length === 1 || own.every(({ duplicate }) => duplicate === undefined);
}

/** For reports: "sch_netem and sch_htb", "NFQUEUE, for want of sch_netem". */
export function describeMechanism({ packets, throttles }: Mechanism, can: ReadonlySet<Shaping>): string {
  const how =
    packets &&
    (packets === 'queue' && !can.has('netem') ? `${NAMES.queue}, for want of ${NAMES.netem}` : NAMES[packets]);
  return [throttles && NAMES.htb, how].filter(Boolean).join(' and ');
}

function unable(what: string, missing: Shaping[]): RedrillError {
  return new RedrillError(
    'ENVIRONMENT',
    `this kernel can't ${what}: it lacks ${missing.map((name) => NAMES[name]).join(' and ')}`,
    {
      hint: `\`modprobe ${missing.includes('netem') ? 'sch_netem` or `modprobe nfnetlink_queue' : 'sch_htb'}\` on the engine's machine, where the module exists.`,
    },
  );
}
