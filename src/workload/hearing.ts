/** When a node fell silent, told from probes sent to it one after the other and from how their connections ended. Pure. */
import { BY_US } from '../topology/connection.js';

/** Times in ms of the run's clock. */
export interface Silence {
  lastAnswer: number;
  firstSilence: number;
  how: string;
}

export class Hearing {
  private lastAnswer = 0;
  /** When the probe that got the last answer was sent. */
  answeredSent = 0;
  /** The last silence that is over, of those in which a process ended. */
  past: Silence | undefined;
  private unanswered: number | undefined;
  private closedAt: number | undefined;
  private why = '';
  /** A connection that the other side ended, or did not take, is a process that ended, also if another one answers in its place by now. */
  private ended = false;

  /** A probe sent then got no answer. */
  missed(sent: number): void {
    if (this.unanswered === undefined || sent < this.unanswered) this.unanswered = sent;
  }

  closed(at: number, why: string): void {
    this.closedAt ??= at;
    if (why !== BY_US) this.ended = true;
    // A server that is slow to begin is given up by us at the end of the silence, and one that is slow to end before it.
    if (this.why === '' || this.why === BY_US) this.why = why;
  }

  answered(sent: number, at: number): void {
    // Only the answer to a later probe ends a silence: replies of the time before may still come in.
    const ends = this.unanswered === undefined || sent > this.unanswered;
    if (ends && this.ended) this.past = this.silence();
    this.lastAnswer = at;
    this.answeredSent = sent;
    if (!ends) return;
    this.unanswered = undefined;
    this.closedAt = undefined;
    this.why = '';
    this.ended = false;
  }

  /** Where the answers stopped, as long as there is none. */
  silence(): Silence | undefined {
    const first = Math.min(this.unanswered ?? Number.POSITIVE_INFINITY, this.closedAt ?? Number.POSITIVE_INFINITY);
    if (!Number.isFinite(first)) return undefined;
    return {
      lastAnswer: this.lastAnswer <= first ? this.lastAnswer : this.answeredSent,
      firstSilence: first,
      how: this.closedAt === first ? this.why : 'no reply',
    };
  }
}
