/** How servers are reached whose addresses others tell. */
import { messageOf, RedrillError } from '../../core/errors.js';
import { parseInfo } from '../../deployment/nodes-text.js';
import type { Server } from '../../deployment/types.js';
import type { Credentials } from '../access.js';
import { type Address, Connection } from '../connection.js';
import { type Reply, ReplyError } from '../resp.js';
import type { Seeds } from './types.js';

/** ms: a server that is well answers at once; one that hangs is one that does not answer. */
const PATIENCE = 1000;

export const textOf = ({ host, port }: Address): string => `${host}:${port}`;

export interface Ways {
  credentials: Credentials;
  sentinelCredentials: Credentials;
  patience: number;
  /** Where the server that others know by this address is for us. */
  reach(announced: Address): Address;
  connect(announced: Address, as?: Credentials, onPush?: (reply: Reply) => void): Connection;
  /** Several questions to one server. undefined: it did not answer all of them. Error replies are answers. */
  ask(announced: Address, questions: readonly string[][], as?: Credentials): Promise<Reply[] | undefined>;
}

export function waysOf({ credentials = {}, sentinelCredentials = credentials, ...seeds }: Seeds): Ways {
  const { tls, ways, patience = PATIENCE } = seeds;
  const reach = (announced: Address): Address => ways?.get(textOf(announced)) ?? announced;
  const connect: Ways['connect'] = (announced, as = credentials, onPush) =>
    new Connection(reach(announced), {
      credentials: as,
      tls,
      timeout: patience,
      connectTimeout: patience,
      ...(onPush && { onPush }),
    });
  return {
    credentials,
    sentinelCredentials,
    patience,
    reach,
    connect,
    ask: async (announced, questions, as) => {
      const connection = connect(announced, as);
      try {
        const replies = await connection.ask(questions, patience);
        const told = replies.flatMap((reply) => (reply === undefined ? [] : [reply]));
        return told.length === questions.length ? told : undefined;
      } finally {
        connection.close();
      }
    },
  };
}

export type Info = Map<string, string>;

export const serverIn = (info: Info): Server => {
  const valkey = info.get('valkey_version');
  return valkey === undefined
    ? { product: 'redis', version: info.get('redis_version') ?? '' }
    : { product: 'valkey', version: valkey };
};

/** INFO of one that was named to us. @throws RedrillError that says why there is none. */
export async function introduce(seed: Address, ways: Ways): Promise<{ info: Info; as: Credentials }> {
  let refusal = '';
  for (const as of new Set([ways.credentials, ways.sentinelCredentials])) {
    const connection = ways.connect(seed, as);
    try {
      const reply = await connection.call(['INFO']);
      return { info: parseInfo(String(reply)), as };
    } catch (error) {
      if (!(error instanceof ReplyError)) throw silent(seed, error);
      refusal = error.message;
    } finally {
      connection.close();
    }
  }
  throw new RedrillError('DEPLOYMENT', `${textOf(seed)} lets nobody in as we came: ${refusal}`, {
    hint: 'give the user and the password of one who may run INFO there',
  });
}

const silent = (seed: Address, error: unknown): RedrillError =>
  new RedrillError('DEPLOYMENT', `no server answers at ${textOf(seed)}: ${messageOf(error)}`, {
    cause: error,
    hint: 'give the address of a server that runs; where it speaks TLS only, give certificates too',
  });
