/** The real engine behind a socket of our own, which can be made to die. */
import { existsSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';

export interface FrailEngine extends AsyncDisposable {
  /** For DOCKER_HOST. */
  readonly host: string;
  die(): Promise<void>;
}

export async function frailEngine(path: string): Promise<FrailEngine> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect(behind());
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => {}).on('close', () => open.delete(socket));
    }
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((done) => server.listen(path, done));
  let dead: Promise<void> | undefined;
  const die = (): Promise<void> => {
    dead ??= new Promise((done) => {
      server.close(() => done());
      for (const socket of open) socket.destroy();
      if (existsSync(path)) rmSync(path);
    });
    return dead;
  };
  return { host: `unix://${path}`, die, [Symbol.asyncDispose]: die };
}

/** Where the engine of this machine listens. */
function behind(): { path: string } | { host: string; port: number } {
  const host = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
  if (host.startsWith('unix://')) return { path: host.slice('unix://'.length) };
  const { hostname, port } = new URL(host.replace(/^tcp:/, 'http:'));
  return { host: hostname, port: Number(port || 2375) };
}
