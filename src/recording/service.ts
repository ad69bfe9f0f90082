/** What a shard's service is: a write that is acknowledged and kept, or, where nobody writes, a read that gives what was put there before. */
import { OpKind, type ProbeKind, Status } from './tables.js';

/** Recordings of before do not tell: theirs wrote. */
interface Asking {
  probes?: ProbeKind | undefined;
}

/** Of the probes that tell whether a shard serves. */
export const servingKind = ({ probes = 'write' }: Asking): number => OpKind[probes];

/** In sentences that begin with a shard. */
export const serviceWords = ({ probes = 'write' }: Asking) =>
  ({
    write: {
      serves: 'acknowledges writes',
      doesNot: 'acknowledges no write',
    },
    read: { serves: 'answers reads', doesNot: 'answers no read' },
  })[probes];

/** What a replica's answer to a reader is written down as: it is no service of the shard's, nor anything wrong. */
export const FOLLOWS = 'a replica';

/** What who does not lead says all the time: somebody else may serve meanwhile. */
const sentOn = new Set(['MOVED', 'ASK', 'READONLY', FOLLOWS]);

/**
 * The moments at which a server that was asked said that it does not serve: when it was asked, where it refused; where it did not answer
 * for as long as a probe waits, when that was over as well.
 */
export function denialsIn(
  { sent, status, error }: { sent: number; status: number; error: string | undefined },
  patience: number | undefined,
): number[] {
  if (status === Status.fail && error !== undefined && !sentOn.has(error)) return [sent];
  return status === Status.unknown && error === 'timeout' && patience !== undefined ? [sent, sent + patience] : [];
}
