import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { aptInstall, mayInstall, onPath, Refusal, run, say } from './shell.mjs';

const LOG = '/var/log/dockerd.log';

export async function ensureEngine() {
  if (await answers()) return;
  const host = process.env.DOCKER_HOST;
  if (host) throw new Refusal(`no engine answers at DOCKER_HOST=${host}; start it, or unset DOCKER_HOST`);
  if (!onPath('dockerd')) {
    if (!mayInstall())
      throw new Refusal(
        'no container engine answers; start Docker, or run this as root on Debian or Ubuntu to have it installed',
      );
    say('no container engine answers');
    aptInstall(['docker.io', ...(apparmor() ? ['apparmor'] : [])]);
  }
  // A package may have started it already.
  if (await answers()) return;
  if (process.getuid?.() !== 0)
    throw new Refusal(
      'the Docker engine is installed but does not run; start it, for example with `sudo service docker start`',
    );
  await start();
}

/** Where the kernel enforces AppArmor, containers don't start without its tools, which docker.io only recommends. */
function apparmor() {
  const file = '/sys/module/apparmor/parameters/enabled';
  return existsSync(file) && readFileSync(file, 'utf8').startsWith('Y') && !onPath('apparmor_parser');
}

async function start() {
  if (existsSync('/run/systemd/system')) {
    say('starting the Docker engine with systemctl');
    run('systemctl', ['start', 'docker']);
    if (await until(answers, 60_000)) return;
  } else {
    say(`starting the Docker engine (log: ${LOG})`);
    if (await startDaemon({ command: [onPath('dockerd')], log: LOG, pidFiles: PID_FILES, answers })) return;
  }
  const end = existsSync(LOG) ? readFileSync(LOG, 'utf8').trim().split('\n').slice(-8).join('\n') : '';
  throw new Refusal(`the Docker engine did not come up\n${end}`);
}

const PID_FILES = { '/var/run/docker.pid': 'dockerd', '/var/run/docker/containerd/containerd.pid': 'containerd' };

/** A daemon that refuses to start says so at once: one that finds another still dying is better tried again than waited for. */
const TRIES = 5;

/**
 * @param {{ command: string[], log: string, pidFiles: Record<string, string>, answers: () => Promise<boolean>, pause?: number }} daemon
 * @returns {Promise<boolean>} whether it answers
 */
export async function startDaemon({ command: [program, ...args], log, pidFiles, answers, pause = 1000 }) {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    removeLeftovers(pidFiles);
    const out = openSync(log, 'a');
    const daemon = spawn(program, args, { detached: true, stdio: ['ignore', out, out], cwd: '/' });
    closeSync(out);
    let gone = false;
    for (const end of ['error', 'exit'])
      daemon.on(end, () => {
        gone = true;
      });
    daemon.unref();
    if (await until(async () => gone || (await answers()), 60_000)) {
      if (await answers()) return true;
      await sleep(pause);
    } else return false;
  }
  return false;
}

async function until(condition, limit) {
  const deadline = Date.now() + limit;
  while (Date.now() < deadline) {
    if (await condition()) return true;
    await sleep(200);
  }
  return false;
}

/**
 * An engine that was killed hard leaves its pid files. When their numbers have been given to other processes since, or its
 * own entry is still there because nobody has reaped it, a new engine believes that the old one still runs.
 * @param {Record<string, string>} files what they are called, and whose they are
 */
export function removeLeftovers(files) {
  for (const [file, name] of Object.entries(files)) {
    if (!existsSync(file) || runs(readFileSync(file, 'utf8').trim(), name)) continue;
    say(`removing ${file}, left by an engine that was killed`);
    rmSync(file, { force: true });
  }
}

function runs(pid, name) {
  if (!/^\d+$/.test(pid)) return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [command, state] = [
      stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
      stat.slice(stat.lastIndexOf(')') + 2)[0],
    ];
    return command === name && !'ZX'.includes(state);
  } catch {
    return false;
  }
}

/** Does an engine answer where the client library will look for one? */
async function answers() {
  for (const place of places()) if (await ping(place)) return true;
  return false;
}

function places() {
  const host = process.env.DOCKER_HOST;
  if (host?.startsWith('unix://')) return [{ socketPath: host.slice('unix://'.length) }];
  if (host) {
    const url = new URL(host.replace(/^tcp:/, process.env.DOCKER_TLS_VERIFY ? 'https:' : 'http:'));
    // With TLS or ssh the client library finds out; here it is enough that it is configured.
    return url.protocol === 'http:' ? [{ host: url.hostname, port: url.port || 2375 }] : [{ trusted: true }];
  }
  if (process.platform === 'win32') return [{ socketPath: '//./pipe/docker_engine' }];
  const home = homedir();
  const sockets = [
    '/var/run/docker.sock',
    process.env.XDG_RUNTIME_DIR && join(process.env.XDG_RUNTIME_DIR, 'docker.sock'),
    join(home, '.docker', 'run', 'docker.sock'),
    join(home, '.docker', 'desktop', 'docker.sock'),
  ];
  return sockets.filter((path) => path && existsSync(path)).map((socketPath) => ({ socketPath }));
}

function ping(place) {
  if (place.trusted) return Promise.resolve(true);
  return new Promise((resolve) => {
    const call = request({ ...place, path: '/_ping', timeout: 3000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
    call.end();
  });
}
