/** Error texts by number, so that a table row needs two bytes for its error. 0 is "no error". */
export class Texts {
  readonly list: string[] = [];
  private readonly numbers = new Map<string, number>();

  numberOf(text: string | undefined): number {
    if (text === undefined) return 0;
    let n = this.numbers.get(text);
    if (n === undefined) {
      this.list.push(text);
      n = this.list.length;
      this.numbers.set(text, n);
    }
    return n;
  }
}
