/** What the load sends, each command to the owner of its key. */
export interface Commands {
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  /** With a time to live, in ms. */
  set(key: string, value: string, unit: 'PX', ms: number): Promise<unknown>;
  rpush(key: string, item: string): Promise<unknown>;
  /** All of them on one connection. */
  pipeline(commands: (string | number)[][]): { exec(): Promise<[Error | null, unknown][] | null> };
}
