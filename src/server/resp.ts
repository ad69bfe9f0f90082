/** RESP2 (Redis serialization protocol) encoder and incremental decoder. Strings are latin1, so bytes survive unchanged. */

export class ReplyError extends Error {
  override readonly name = 'ReplyError';
  /** The first word: MOVED, CLUSTERDOWN, ERR … */
  get code(): string {
    return this.message.split(' ', 1)[0] ?? '';
  }

  /** As an answer it is an error of nobody's here: where in this program it was read is not worth finding out each time. */
  static answer(line: string): ReplyError {
    return withoutStack(() => new ReplyError(line));
  }
}

/** To find out where an error was made takes longer than anything else about one. */
export function withoutStack<T extends Error>(make: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

export type Reply = string | number | null | ReplyError | Reply[];

export function encode(args: readonly (string | number | Buffer)[]): Buffer {
  if (args.every((arg) => typeof arg !== 'object')) return encodeTexts(args as (string | number)[]);
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg));
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, CRLF);
  }
  return Buffer.concat(parts);
}

/** In one piece: nearly all commands are texts only, and there are thousands of them a second. */
function encodeTexts(args: readonly (string | number)[]): Buffer {
  let text = `*${args.length}\r\n`;
  for (const arg of args) text += `$${Buffer.byteLength(String(arg))}\r\n${arg}\r\n`;
  return Buffer.from(text);
}

const CRLF = Buffer.from('\r\n');
const INCOMPLETE = Symbol('incomplete');

/** Feed it chunks; it calls back once for each complete reply. */
export class Decoder {
  private buffer: Buffer = Buffer.alloc(0);
  private at = 0;

  constructor(private readonly onReply: (reply: Reply) => void) {}

  feed(chunk: Buffer): void {
    this.buffer = this.at < this.buffer.length ? Buffer.concat([this.buffer.subarray(this.at), chunk]) : chunk;
    this.at = 0;
    for (;;) {
      const start = this.at;
      const reply = this.read();
      if (reply === INCOMPLETE) {
        this.at = start;
        return;
      }
      this.onReply(reply);
    }
  }

  private read(): Reply | typeof INCOMPLETE {
    const end = this.buffer.indexOf(CRLF, this.at);
    if (end < 0) return INCOMPLETE;
    const type = this.buffer[this.at];
    const line = this.buffer.toString('latin1', this.at + 1, end);
    this.at = end + 2;
    switch (type) {
      case 0x2b: // +
        return line;
      case 0x2d: // -
        return ReplyError.answer(line);
      case 0x3a: // :
        return Number(line);
      case 0x24: {
        // $
        const length = Number(line);
        if (length < 0) return null;
        if (this.buffer.length < this.at + length + 2) return INCOMPLETE;
        const text = this.buffer.toString('latin1', this.at, this.at + length);
        this.at += length + 2;
        return text;
      }
      case 0x2a: {
        // *
        const length = Number(line);
        if (length < 0) return null;
        const items: Reply[] = [];
        for (let i = 0; i < length; i++) {
          const item = this.read();
          if (item === INCOMPLETE) return INCOMPLETE;
          items.push(item);
        }
        return items;
      }
      default:
        throw new Error(
          `not a RESP2 reply: ${JSON.stringify(this.buffer.toString('latin1', this.at - line.length - 3, end))}`,
        );
    }
  }
}
