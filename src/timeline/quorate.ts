/** Were there enough voters? */

/** When there were enough again: after the look before it, and by the look that showed it. */
export interface Again {
  after: number;
  by: number;
}

export class Quorate {
  private readonly returns: Again[] = [];
  private enough = true;

  /** Moments in order. */
  note(enough: boolean, since: number, t: number): void {
    if (enough && !this.enough) this.returns.push({ after: since, by: t });
    this.enough = enough;
  }

  /** The last return within this stretch. */
  again(from: number, until: number): Again | undefined {
    return this.returns.findLast(({ after, by }) => by > from && after <= until);
  }
}
