/**
 * Who of many nodes is probed less often: one that has refused so many connections in a row. To be refused costs more than to be
 * answered, and a third of the nodes may be down for minutes. Pure.
 */

const ENOUGH = 5;
/** It is tried at every so many of its turns. */
const TURNS = 4;

export class Refusals {
  private count = 0;
  private last: object | undefined;
  private turn = 0;

  /** @param lives how often the node was started */
  constructor(private lives: number) {}

  /** A connection was refused; one that several probes waited for is told once for each. */
  refused(connection: object): void {
    if (connection === this.last) return;
    this.last = connection;
    this.count++;
  }

  answered(): void {
    this.count = 0;
  }

  /** It takes connections, as far as is known. */
  get open(): boolean {
    return this.count === 0;
  }

  /** Is this turn left out? A node that was started since is tried at once, at each turn. */
  rests(lives: number): boolean {
    if (lives !== this.lives) {
      this.lives = lives;
      this.count = 0;
    }
    return this.count >= ENOUGH && ++this.turn % TURNS !== 0;
  }
}
