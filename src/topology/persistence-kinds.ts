/** `rdb`: snapshots at the server's own default save points, and at an orderly end. `aof`: every write, synced each second or always. */
export const kindsOfPersistence = ['none', 'rdb', 'aof', 'aof-always'] as const;
export type Persistence = (typeof kindsOfPersistence)[number];
