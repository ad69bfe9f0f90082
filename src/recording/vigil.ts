/**
 * When is a shard out of service? One rule, for what triggers "service lost" while a drill runs and for what counts as an
 * outage afterwards: no write was acknowledged although probes watched for longer than a hiccup. Pure.
 *
 * A probe watches until the next one is sent, one period and a half at most. When the harness itself stalls it sends nothing
 * and reads nothing: what arrives meanwhile is read after the next probes have left. That is a gap in the measurement, and
 * it counts as one period, not as silence.
 *
 * But a no is a no however late it is read: from the first to the last one of the server that served last nobody served, as
 * long as no write was acknowledged between them.
 */

/** Longest stretch without an acknowledged probe write that is no outage yet, in ms: one lost answer is none. */
export const hiccup = (probeEvery: number): number => Math.max(60, 5 * probeEvery);

export class Vigil {
  private watched = 0;
  private last = Number.NaN;
  private acked = Number.NaN;
  /** The first and the last no since then. */
  private denials: { from: number; to: number } | undefined;

  constructor(private readonly every: number) {}

  /** A write was acknowledged. */
  acknowledged(at: number): void {
    this.watched = 0;
    this.last = at;
    this.acked = at;
    this.denials = undefined;
  }

  /** A write was sent, to any node of the shard. */
  sent(at: number): void {
    if (!(at > this.last)) return;
    this.watched = this.watchedBy(at);
    this.last = at;
  }

  /** The server that served last was asked at this moment and refused, or had not answered by this moment for as long as a probe waits. */
  denied(at: number): void {
    if (!(at > this.acked)) return;
    const { from, to } = this.denials ?? { from: at, to: at };
    this.denials = { from: Math.min(from, at), to: Math.max(to, at) };
  }

  /** For how long probes had watched in vain by then, in ms; 0 before the first acknowledgement. */
  silence(at: number): number {
    const denied = this.denials ? this.denials.to - this.denials.from : 0;
    return Math.max(this.watchedBy(at), denied);
  }

  private watchedBy(at: number): number {
    if (!(at > this.last)) return this.watched;
    const gap = at - this.last;
    return this.watched + (gap <= 1.5 * this.every ? gap : this.every);
  }

  /** Is it out of service? */
  lost(at: number): boolean {
    return this.silence(at) > hiccup(this.every);
  }
}
