/**
 * The engine's way to send stdout and stderr over one connection: [stream, 0, 0, 0, length in 4 bytes] payload, again
 * and again, with no regard to where chunks begin.
 */
export type Stream = 'stdout' | 'stderr';

export function frameReader(onFrame: (stream: Stream, payload: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 8) {
      const end = 8 + rest.readUInt32BE(4);
      if (rest.length < end) return;
      onFrame(rest[0] === 2 ? 'stderr' : 'stdout', rest.subarray(8, end));
      rest = rest.subarray(end);
    }
  };
}
