/** From classes to what iptables, tc and the queue's program are told in a container's network namespace. */
import type { Impairment } from '../../types.js';
import type { Class } from './combine.js';
import { type Mechanism, onPackets } from './mechanism.js';

export interface Commands {
  /** For iptables-restore. */
  rules: string;
  /** For tc, a line each, with DEV for the device. */
  tree: string;
  /** For docker/netqueue.py. */
  queue: string;
}

/** How clients come in. */
export interface Door {
  ports: readonly number[];
  /** First and last address that containers of the run may have. */
  containers: readonly [string, string];
}

export const CHAIN = 'REDRILL-WAYS';
/** Copies that docker/netqueue.py sends; they have suffered already. */
const COPY = '0x72640000';
/** ms of packets at its rate that a throttled way holds before it drops some, and the least bytes: one large segment. */
const BUFFER = 200;
const LEAST = 131_072;

export function commandsFor(classes: readonly Class[], { packets, throttles }: Mechanism, door: Door): Commands {
  if (classes.length === 0) return { rules: '', tree: '', queue: '' };
  const inTree = packets === 'netem' || throttles;
  const rules = [
    '*mangle',
    `:${CHAIN} - [0:0]`,
    `-A ${CHAIN} -o lo -j RETURN`,
    `-A ${CHAIN} -m mark --mark ${COPY} -j RETURN`,
    ...classes.flatMap(({ to, suffers }, i) => [
      ...to
        .flatMap((address) => matches(address, door))
        .map((match) => `-A ${CHAIN} ${match} -j MARK --set-mark ${i + 1}`),
      ...(inTree ? [`-A ${CHAIN} -m mark --mark ${i + 1} -j CLASSIFY --set-class 1:${hex(i + 1)}`] : []),
      ...(packets === 'queue' && onPackets(suffers)
        ? [`-A ${CHAIN} -m mark --mark ${i + 1} -j NFQUEUE --queue-num 0 --queue-bypass`]
        : []),
    ]),
    'COMMIT',
  ];
  const tree = inTree
    ? ['qdisc add dev DEV root handle 1: htb', ...classes.flatMap(({ suffers }, i) => branch(suffers, i + 1, packets))]
    : [];
  const queue =
    packets === 'queue'
      ? classes.flatMap(({ suffers }, i) => (onPackets(suffers) ? [queueLine(suffers, i + 1)] : []))
      : [];
  return { rules: lines(rules), tree: lines(tree), queue: lines(queue) };
}

const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join('');

const hex = (n: number): string => n.toString(16);

/** Clients came to the server's port from outside; peers did so too, and who watches came by a port of his own. */
const matches = (address: string, { ports, containers: [first, last] }: Door): string[] =>
  address === 'clients'
    ? ports.map(
        (port) => `-m conntrack --ctorigdstport ${port} --ctdir REPLY -m iprange ! --dst-range ${first}-${last}`,
      )
    : [`-d ${address}/32`];

function branch(suffers: Impairment, n: number, packets: Mechanism['packets']): string[] {
  const { rate } = suffers;
  const bits = rate === undefined ? '32gbit' : `${Math.max(1, Math.round(rate * 8))}bit`;
  const leaf =
    packets === 'netem' && onPackets(suffers)
      ? `netem limit ${rate === undefined ? 100_000 : 1000} ${netem(suffers)}`
      : `bfifo limit ${Math.max(LEAST, Math.round(((rate ?? 0) * BUFFER) / 1000))}`;
  return [
    `class add dev DEV parent 1: classid 1:${hex(n)} htb rate ${bits} quantum 60000`,
    `qdisc add dev DEV parent 1:${hex(n)} handle ${hex(0x100 + n)}: ${leaf}`,
  ];
}

function netem({ delay, jitter, distribution, loss, duplicate, reorder, gap }: Impairment): string {
  const share = (p: number): string => `${+(p * 100).toFixed(6)}%`;
  return [
    // Who is not held back is sent at once.
    reorder !== undefined && `delay ${gap}ms reorder ${share(1 - reorder)}`,
    (delay ?? jitter) !== undefined && `delay ${delay ?? 0}ms`,
    jitter !== undefined && `${jitter}ms`,
    jitter !== undefined && distribution && distribution !== 'uniform' && `distribution ${distribution}`,
    loss !== undefined && `loss ${share(loss)}`,
    duplicate !== undefined && `duplicate ${share(duplicate)}`,
  ]
    .filter(Boolean)
    .join(' ');
}

const queueLine = (
  { delay = 0, jitter = 0, distribution = 'uniform', loss = 0, duplicate = 0, reorder = 0, gap = 0 }: Impairment,
  mark: number,
): string => [mark, delay, jitter, distribution, loss, duplicate, reorder, gap].join(' ');
