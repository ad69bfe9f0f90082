/** When a node fell silent, told from probes sent to it one after the other and from how their connections ended. Pure. */

import { hiccup } from '../recording/vigil.js';
import { BY_US } from '../server/connection.js';

/** Times in ms of the run's clock. */
export interface Silence {
  lastAnswer: number;
  firstSilence: number;
  how: string;
  /** When an answer came again; missing while it lasts. */
  until?: number;
  /** A process ended in it: the other side closed a connection, or took none. */
  ended: boolean;
}

/** Silences to be remembered; a drill that has more of them has long found the one it looked for. */
const KEPT = 1000;

export class Hearing {
  private lastAnswer = 0;
  /** When the probe that got the last answer was sent. */
  private answeredSent = 0;
  /** Those that are over, in order. */
  private readonly past: Silence[] = [];
  private unanswered: number | undefined;
  private closedAt: number | undefined;
  private why = '';
  /** A connection that the other side ended, or did not take, is a process that ended, also if another one answers in its place by now. */
  private ended = false;

  constructor(private readonly every: number) {}

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
    const over = ends ? this.silence() : undefined;
    if (over && this.past.length < KEPT) this.past.push({ ...over, until: at });
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
      ended: this.ended,
    };
  }

  /**
   * The first silence from a moment on: whatever follows it, a server that is busy loading or another fault, is a later one.
   * It lasts still, or a process ended in it, or it was longer than a hiccup. A probe that was on its way at that moment
   * may have been sent up to `grace` before; who was silent longer than that did not fall silent then.
   *
   * Counter-example: a server is restarted, loads for half a minute, and now and then is too busy for a probe meanwhile.
   * The last of those silences has nothing to do with its end.
   */
  since(moment: number, grace: number): Silence | undefined {
    const now = this.silence();
    const lasts = now && this.answeredSent < now.firstSilence ? [now] : [];
    return [...this.past, ...lasts].find(
      ({ firstSilence, until = Number.POSITIVE_INFINITY, ended }) =>
        firstSilence >= moment - grace &&
        until > moment &&
        (until === Number.POSITIVE_INFINITY || ended || until - firstSilence > hiccup(this.every)),
    );
  }
}
