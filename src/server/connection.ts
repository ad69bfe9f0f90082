import { createConnection, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ClientTls, Credentials } from './access.js';
import { NoReply } from './no-reply.js';
import { Decoder, encode, type Reply, ReplyError } from './resp.js';

/** How a command ended: a reply, an error reply, or no reply at all. `refused`: the connection never came up, so nothing was executed. */
export type Outcome =
  | { kind: 'reply'; reply: Reply }
  | { kind: 'silent'; reason: 'timeout' | 'closed' | 'refused'; text: string };

type Settle = (outcome: Outcome, at: number) => void;

export interface Address {
  host: string;
  port: number;
}

export interface ConnectionOptions {
  credentials?: Credentials;
  tls?: ClientTls | undefined;
  /** ms for a command without a time limit of its own. */
  timeout?: number;
  /** ms until the handshake of TCP, and of TLS, must be done. */
  connectTimeout?: number;
  /** The moment (performance.now) at which the peer went away. */
  onClose?: (at: number, reason: string) => void;
  /** What comes without having been asked for: messages to a subscriber. */
  onPush?: (reply: Reply, at: number) => void;
}

/**
 * When the harness itself was held up, its timers come due before it has read what arrived meanwhile (Node's event loop runs
 * them first). What has arrived is read before anybody is called silent.
 */
const afterReading = (ms: number, late: () => void): NodeJS.Timeout => setTimeout(() => setImmediate(late), ms);

/** Why a connection ended that this side closed. */
export const BY_US = 'closed by us';

/**
 * One raw connection to one server: no retries, no redirections, no reconnection. It says when each byte left and came
 * back, which a client library would blur. Commands may be pipelined.
 */
export class Connection {
  private readonly waiting: { settle: Settle; timer: NodeJS.Timeout | undefined; done: boolean }[] = [];
  private readonly socket: Socket;
  private over: { reason: 'closed' | 'refused'; text: string } | undefined;
  private connected = false;
  private readonly early: Buffer[] = [];

  constructor(
    readonly address: Address,
    private readonly options: ConnectionOptions = {},
  ) {
    const { host, port } = address;
    const { tls } = options;
    this.socket = tls
      ? connectTls({ host, port, servername: tls.servername, secureContext: tls.secureContext }).setNoDelay(true)
      : createConnection({ host, port, noDelay: true });
    const decoder = new Decoder((reply) => this.settleFirst({ kind: 'reply', reply }));
    this.socket.on('data', (chunk) => {
      try {
        decoder.feed(chunk);
      } catch (error) {
        this.end('closed', (error as Error).message);
      }
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) =>
      this.end(this.connected ? 'closed' : 'refused', error.code ?? error.message),
    );
    this.socket.on('close', () => this.end('closed', 'connection closed'));
    const timer = afterReading(options.connectTimeout ?? 1000, () => {
      if (!this.connected) this.end('refused', 'connect timed out');
    });
    this.socket.once(tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      this.connected = true;
      this.together(() => {
        for (const bytes of this.early.splice(0)) this.socket.write(bytes);
      });
    });
    this.socket.once('close', () => clearTimeout(timer));
    const { user, password } = options.credentials ?? {};
    if (password !== undefined) this.send(['AUTH', ...(user === undefined ? [] : [user]), password], () => {});
  }

  get closed(): boolean {
    return this.over !== undefined;
  }

  /** Settles exactly once, with the moment (performance.now) the outcome was known. */
  send(args: readonly (string | number | Buffer)[], settle: Settle, timeout = this.options.timeout ?? 1000): void {
    if (this.over) {
      const { reason, text } = this.over;
      settle({ kind: 'silent', reason, text }, performance.now());
      return;
    }
    const slot: (typeof this.waiting)[number] = { settle, timer: undefined, done: false };
    slot.timer = afterReading(timeout, () => {
      if (slot.done) return;
      slot.done = true;
      settle({ kind: 'silent', reason: 'timeout', text: `no reply within ${timeout} ms` }, performance.now());
    });
    this.waiting.push(slot);
    const bytes = encode(args);
    if (this.connected) this.socket.write(bytes);
    else this.early.push(bytes);
  }

  /** @throws ReplyError for an error reply, NoReply when there was none. */
  call(args: readonly (string | number | Buffer)[], timeout?: number): Promise<Reply> {
    return new Promise((resolve, reject) =>
      this.send(
        args,
        (outcome) => {
          if (outcome.kind === 'silent')
            reject(NoReply.of(outcome.reason, `${this.address.host}:${this.address.port} ${args[0]}: ${outcome.text}`));
          else if (outcome.reply instanceof ReplyError) reject(outcome.reply);
          else resolve(outcome.reply);
        },
        timeout,
      ),
    );
  }

  /** Commands that are sent meanwhile leave in one packet: two system calls for all of them instead of two for each. */
  together<T>(send: () => T): T {
    this.socket.cork();
    try {
      return send();
    } finally {
      this.socket.uncork();
    }
  }

  /** Several questions in one packet. An error reply is an answer too; undefined: there was none. */
  ask(questions: readonly (readonly string[])[], timeout: number): Promise<(Reply | undefined)[]> {
    const answer = (question: readonly string[]): Promise<Reply | undefined> =>
      this.call(question, timeout).catch((error: unknown) => (error instanceof ReplyError ? error : undefined));
    return Promise.all(this.together(() => questions.map(answer)));
  }

  /** From now on nothing is read: what the server answers piles up, in the network's buffers first and then in the server's. */
  deafen(): void {
    this.socket.pause();
  }

  /**
   * Many commands in one write, already encoded; resolves with their replies in order. For thousands of small questions: a
   * promise and a timer for each would keep the harness busier than the server.
   */
  callEncoded(bytes: Buffer, replies: number, timeout: number): Promise<Reply[]> {
    return new Promise((resolve, reject) => {
      const got: Reply[] = [];
      const fail = (reason: NoReply['reason'], text: string): void =>
        reject(NoReply.of(reason, `${this.address.host}:${this.address.port}: ${text}`));
      if (this.over) return fail(this.over.reason, this.over.text);
      const timer = afterReading(timeout, () => fail('timeout', `no reply within ${timeout} ms`));
      const settle: Settle = (outcome) => {
        if (outcome.kind === 'reply' && got.push(outcome.reply) < replies) return;
        clearTimeout(timer);
        if (outcome.kind === 'silent') fail(outcome.reason, outcome.text);
        else resolve(got);
      };
      for (let i = 0; i < replies; i++) this.waiting.push({ settle, timer: undefined, done: false });
      if (this.connected) this.socket.write(bytes);
      else this.early.push(bytes);
    });
  }

  close(): void {
    this.end('closed', BY_US);
  }

  private settleFirst(outcome: Outcome): void {
    const slot = this.waiting.shift();
    if (!slot && outcome.kind === 'reply') this.options.onPush?.(outcome.reply, performance.now());
    if (!slot || slot.done) return;
    slot.done = true;
    clearTimeout(slot.timer);
    slot.settle(outcome, performance.now());
  }

  private end(reason: 'closed' | 'refused', text: string): void {
    if (this.over) return;
    this.over = { reason, text };
    const at = performance.now();
    this.socket.destroy();
    this.options.onClose?.(at, text);
    for (const slot of this.waiting.splice(0)) {
      if (slot.done) continue;
      slot.done = true;
      clearTimeout(slot.timer);
      slot.settle({ kind: 'silent', reason, text }, at);
    }
  }
}
