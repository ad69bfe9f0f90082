import { withoutStack } from './resp.js';

/** Error of a command that got no reply. */
export class NoReply extends Error {
  override readonly name = 'NoReply';
  constructor(
    readonly reason: 'timeout' | 'closed' | 'refused',
    text: string,
  ) {
    super(text);
  }

  /** Silence of a server is what is watched for: where in this program it was noticed is not worth finding out each time. */
  static of(reason: NoReply['reason'], text: string): NoReply {
    return withoutStack(() => new NoReply(reason, text));
  }
}
