/** Servers by their version. */
import type { Server } from './types.js';

export const atLeast = (server: Server, major: number, minor: number): boolean => {
  const [a = 0, b = 0] = server.version.split('.').map(Number);
  return a > major || (a === major && b >= minor);
};
