/**
 * An independent witness in a process of its own: plain sockets, unique elements appended to a list of each shard on every
 * node that lets it, no code shared with what it is held against. It reads what to do from the first line of its input, writes
 * until the input closes, reads the lists back from every node, and prints what was acknowledged when, by whom, and what is gone.
 * Times are milliseconds since the Unix epoch.
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface Task {
  keys: Record<string, string>;
  /** By shard: the nodes that are written to. */
  members: Record<string, string[]>;
  nodes: { name: string; host: string; port: number }[];
  cluster: boolean;
  /** What AUTH is given: a password, or a user and a password. */
  auth?: string[];
  tls?: boolean;
  /** ms between two writes to a node that accepts them. */
  every: number;
  /** ms between two writes to one that does not. */
  idle: number;
}

export interface Ack {
  shard: string;
  node: string;
  sent: number;
  done: number;
  /** Not in the list of the node that acknowledged last. */
  lost: boolean;
}

/** What it saw, and when it could not look: nobody let it run. */
export interface Account {
  acks: Ack[];
  stalls: { from: number; to: number }[];
}

/** ms between two turns of the timer that are no stall yet. */
const TURN = 10;
/** ms after which a silent socket is given up for a new one. */
const PATIENCE = 250;
const now = (): number => performance.timeOrigin + performance.now();
/** Certificates are made for a drill and end with it: who signed them is not the question here. */
const dial = ({ host, port }: { host: string; port: number }, tls = false): Socket =>
  tls ? connectTls({ host, port, rejectUnauthorized: false }) : connect({ host, port });
const encode = (args: readonly string[]): string =>
  `*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`;

interface Writer {
  shard: string;
  node: string;
  socket?: Socket;
  ready: boolean;
  owns: boolean;
  sentAt: number;
  due: number;
  element: number;
}

function witness(task: Task): { end(): Promise<Account> } {
  const stalls: Account['stalls'] = [];
  let turn = now();
  const acks: (Omit<Ack, 'lost'> & { element: number })[] = [];
  let elements = 0;
  const writers = Object.keys(task.keys).flatMap((shard) =>
    task.members[shard]!.map(
      (node): Writer => ({ shard, node, ready: false, owns: true, sentAt: 0, due: 0, element: 0 }),
    ),
  );

  function open(writer: Writer): void {
    const { host, port } = task.nodes.find(({ name }) => name === writer.node)!;
    const socket = dial({ host, port }, task.tls).setNoDelay(true);
    writer.socket = socket;
    writer.ready = false;
    writer.sentAt = 0;
    let greeting = task.auth ? 1 : 0;
    socket.on(task.tls ? 'secureConnect' : 'connect', () => {
      writer.ready = true;
      if (task.auth) socket.write(encode(['AUTH', ...task.auth]));
    });
    socket.on('data', (chunk) => {
      for (const line of chunk.toString('latin1').split('\r\n')) {
        if (line === '') continue;
        if (greeting > 0) {
          greeting--;
          continue;
        }
        writer.owns = line.startsWith(':');
        if (writer.owns)
          acks.push({
            shard: writer.shard,
            node: writer.node,
            sent: writer.sentAt,
            done: now(),
            element: writer.element,
          });
        writer.sentAt = 0;
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (writer.socket === socket) delete writer.socket;
    });
  }

  const tick = setInterval(() => {
    const t = now();
    if (t - turn > TURN) stalls.push({ from: turn, to: t });
    turn = t;
    for (const writer of writers) {
      if (!writer.socket) open(writer);
      else if (writer.sentAt > 0 && t - writer.sentAt > PATIENCE) {
        writer.socket.destroy();
        delete writer.socket;
      } else if (writer.ready && writer.sentAt === 0 && t >= writer.due) {
        writer.sentAt = t;
        writer.due = t + (writer.owns ? task.every : task.idle);
        writer.element = elements++;
        writer.socket.write(encode(['RPUSH', task.keys[writer.shard]!, String(writer.element)]));
      }
    }
  }, 1);

  return {
    async end() {
      clearInterval(tick);
      for (const { socket } of writers) socket?.destroy();
      acks.sort((a, b) => a.done - b.done);
      const kept = new Map<string, Set<string> | undefined>();
      for (const [shard, key] of Object.entries(task.keys)) {
        const last = acks.filter((ack) => ack.shard === shard).at(-1)?.node;
        const node = task.nodes.find(({ name }) => name === last);
        kept.set(shard, node && (await list(node, key, task)));
      }
      return {
        stalls,
        acks: acks.map(({ element, ...ack }) => {
          const there = kept.get(ack.shard);
          return { ...ack, lost: there !== undefined && !there.has(String(element)) };
        }),
      };
    },
  };
}

/** undefined when the node does not tell. */
function list(node: { host: string; port: number }, key: string, task: Task): Promise<Set<string> | undefined> {
  return new Promise((resolve) => {
    const socket = dial(node, task.tls).setNoDelay(true);
    const before = [...(task.auth ? [['AUTH', ...task.auth]] : []), ...(task.cluster ? [['READONLY']] : [])];
    let text = '';
    const timer = setTimeout(() => done(undefined), 5000);
    const done = (found: Set<string> | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(found);
    };
    socket.on('error', () => done(undefined));
    socket.on(task.tls ? 'secureConnect' : 'connect', () =>
      socket.write([...before, ['LRANGE', key, '0', '-1']].map(encode).join('')),
    );
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const lines = text.split('\r\n');
      const head = lines[before.length];
      if (head === undefined) return;
      if (head.startsWith('-')) return done(undefined);
      const count = Number(head.slice(1));
      const items = lines.slice(before.length + 1, -1);
      if (head.startsWith('*') && items.length >= 2 * count)
        done(new Set(items.filter((_, i) => i % 2 === 1).slice(0, count)));
    });
  });
}

let running: ReturnType<typeof witness> | undefined;
let input = '';
process.stdin.setEncoding('utf8').on('data', (text: string) => {
  input += text;
  if (!running && input.includes('\n')) running = witness(JSON.parse(input.slice(0, input.indexOf('\n'))) as Task);
});
process.stdin.on('end', async () => {
  const account = (await running?.end()) ?? { acks: [], stalls: [] };
  process.stdout.write(JSON.stringify(account), () => process.exit(0));
});
