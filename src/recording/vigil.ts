/**
 * When is a shard out of service? One rule, for what triggers "service lost" while a drill runs and for what counts as an
 * outage afterwards: no write was acknowledged although probes watched for longer than a hiccup. Pure.
 *
 * A probe watches until the next one is sent, one period and a half at most. When the harness itself stalls it sends nothing
 * and reads nothing: what arrives meanwhile is read after the next probes have left. That is a gap in the measurement, and
 * it counts as one period, not as silence.
 */

/** Longest stretch without an acknowledged probe write that is no outage yet, in ms: one lost answer is none. */
export const hiccup = (probeEvery: number): number => Math.max(60, 5 * probeEvery);

export class Vigil {
  private watched = 0;
  private last = Number.NaN;

  constructor(private readonly every: number) {}

  /** A write was acknowledged. */
  acknowledged(at: number): void {
    this.watched = 0;
    this.last = at;
  }

  /** A write was sent, to any node of the shard. */
  sent(at: number): void {
    if (!(at > this.last)) return;
    this.watched = this.silence(at);
    this.last = at;
  }

  /** For how long probes had watched in vain by then, in ms; 0 before the first acknowledgement. */
  silence(at: number): number {
    if (!(at > this.last)) return this.watched;
    const gap = at - this.last;
    return this.watched + (gap <= 1.5 * this.every ? gap : this.every);
  }

  /** Is it out of service? */
  lost(at: number): boolean {
    return this.silence(at) > hiccup(this.every);
  }
}
