import { connect } from 'node:net';

/** Sends one line and resolves with the first chunk of the answer. */
export function talk(to: { host: string; port: number }, line: string, timeout = 1000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(to);
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(timeout, () => fail(new Error(`no answer within ${timeout} ms`)));
    socket.on('error', fail);
    socket.on('close', () => reject(new Error('closed')));
    socket.once('data', (chunk) => {
      resolve(chunk.toString().trim());
      socket.destroy();
    });
    socket.write(`${line}\r\n`);
  });
}
