/**
 * An independent witness in a process of its own: plain sockets, one write every millisecond to each address, no code
 * shared with the probes. Prints the longest gap between two acknowledged writes when its input closes.
 * Usage: node witness-process.js KEY HOST:PORT HOST:PORT …
 */
import { connect, type Socket } from 'node:net';

const [key = '', ...addresses] = process.argv.slice(2);
const command = `*3\r\n$3\r\nSET\r\n$${Buffer.byteLength(key)}\r\n${key}\r\n$1\r\n1\r\n`;
const okAt: number[] = [];
let over = false;

function watch(address: string): void {
  const [host, port] = address.split(':');
  let socket: Socket;
  let ready = false;
  let askedAt = 0;
  const open = (): void => {
    ready = false;
    socket = connect({ host: host!, port: Number(port), noDelay: true });
    socket.on('connect', () => {
      ready = true;
    });
    socket.on('data', (chunk) => {
      if (chunk.toString('latin1').includes('+OK')) okAt.push(performance.now());
      askedAt = 0;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (!over) setTimeout(open, 1);
    });
  };
  open();
  const timer = setInterval(() => {
    if (over) return clearInterval(timer);
    if (!ready || socket.destroyed) return;
    if (askedAt !== 0 && performance.now() - askedAt > 200) return void socket.destroy();
    if (askedAt !== 0) return;
    askedAt = performance.now();
    socket.write(command);
  }, 1);
}

for (const address of addresses) watch(address);
process.stdin.resume();
process.stdin.on('end', () => {
  over = true;
  okAt.sort((a, b) => a - b);
  let gap = 0;
  for (let i = 1; i < okAt.length; i++) gap = Math.max(gap, okAt[i]! - okAt[i - 1]!);
  process.stdout.write(JSON.stringify({ gap, writes: okAt.length }));
  process.exit(0);
});
