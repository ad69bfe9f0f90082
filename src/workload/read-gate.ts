/**
 * Has what had arrived been read since the last time that this said yes? A loop that is held up runs every timer that is due before
 * it reads: probes that leave one after the other meanwhile would seem to wait in vain for answers that nobody has looked at.
 */
export function readGate(): () => boolean {
  let read = true;
  return () => {
    if (!read) return false;
    read = false;
    // Immediates come after the sockets.
    setImmediate(() => {
      read = true;
    });
    return true;
  };
}
