/** Begins an independent witness when a drill's timeline does, and ends it before the nodes go. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../core/progress.js';
import { dealSlots, watchedTag } from '../deployment/slots.js';
import { whereabouts } from '../fleet/index.js';
import type { Plan } from '../scenarios/types.js';
import { placesOf } from '../topology/layout.js';
import type { Account, Task } from './witness-process.js';

/** With more nodes than this only the members of a shard are asked for it: a socket for each node and shard would be thousands. */
const FEW = 20;

export interface Witnessed {
  progress: Progress;
  account(): Promise<Account>;
}

export function witnessOf(
  plan: Plan,
  { every = 5, idle = 20, progress }: { every?: number; idle?: number; progress?: Progress } = {},
): Witnessed {
  const gone = join(mkdtempSync(join(tmpdir(), 'redrill-witness-')), 'gone');
  let running: Promise<Process> | undefined;
  let ended: Promise<Account> | undefined;
  return {
    progress: {
      phase: (stage, detail) => {
        progress?.phase(stage, detail);
        if (stage === 'timeline') running = begin(plan, { every, idle }, gone);
        if (stage === 'verify') ended ??= running?.then((witness) => witness.end());
        // What it reads back must still be there, and not be mended: the harness waits here as a whole, with nothing left to measure.
        if (stage === 'heal' && ended) waitFor(gone);
      },
      note: (text) => progress?.note(text),
      done: (text) => progress?.done(text),
    },
    account: async () => {
      if (!ended) throw new Error('the drill ended before the witness began');
      return ended;
    },
  };
}

/** Blocks; 10 s at most. */
function waitFor(file: string): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (const end = performance.now() + 10_000; performance.now() < end && !existsSync(file); )
    Atomics.wait(cell, 0, 0, 5);
}

/** As an application would: its user's name and password, else the one password of all. */
function authOf({ topology: { password, users = {} } }: Plan): string[] | undefined {
  const app = Object.entries(users).find(([, user]) => user.for === 'clients');
  if (app) return [app[0], app[1].password];
  return password === undefined ? undefined : [password];
}

/** Who may come to serve a shard. */
function membersOf({ topology }: Plan, shard: number, nodes: Task['nodes']): string[] {
  if (nodes.length <= FEW) return nodes.map(({ name }) => name);
  return placesOf(topology).flatMap((place, i) => (place.shard === shard ? [`node-${i + 1}`] : []));
}

interface Process {
  end(): Promise<Account>;
}

async function begin(plan: Plan, { every, idle }: { every: number; idle: number }, gone: string): Promise<Process> {
  const nodes = (await whereabouts())
    .filter(({ name }) => name.startsWith('node-'))
    .map(({ name, host }) => ({ name, host, port: 6379 }));
  const cluster = plan.topology.kind === 'cluster';
  const shards = cluster ? dealSlots(plan.topology.shards) : [{ shard: 1, slots: [[0, 16_383]] as [number, number][] }];
  const auth = authOf(plan);
  const task: Task = {
    nodes,
    cluster,
    every,
    idle,
    keys: Object.fromEntries(shards.map((info) => [info.shard, `{${watchedTag(info)}}:witness`])),
    members: Object.fromEntries(shards.map(({ shard }) => [shard, membersOf(plan, shard, nodes)])),
    ...(auth && { auth }),
    ...(plan.topology.tls && { tls: true }),
  };
  const script = fileURLToPath(new URL('./witness-process.js', import.meta.url));
  const child = spawn('sh', ['-c', '"$0" "$1"; : > "$2"', process.execPath, script, gone], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.write(`${JSON.stringify(task)}\n`);
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    end: async () => {
      child.stdin.end();
      await closed;
      return JSON.parse(text) as Account;
    },
  };
}
