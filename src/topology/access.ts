/** Who may connect to the servers of a topology: the harness, the clients of the workload, the servers among themselves. */
import { randomBytes } from 'node:crypto';
import { type Mask, maskOf } from '../core/mask.js';
import type { Access, ClientTls, Credentials } from '../server/access.js';
import type { TopologySpec, UserSpec } from './types.js';

/** The harness's own user, in every topology that asks for a password. */
export const HARNESS = 'redrill';

export const newSecret = (): string => randomBytes(20).toString('hex');

interface Making {
  tls?: ClientTls;
  /** Where every password is noted. */
  secrets?: string[];
  /** The password of the harness, made for this run. */
  own?: string;
}

export function accessOf(spec: TopologySpec, { tls, secrets = [], own = newSecret() }: Making = {}): Access {
  const { password, users = {} } = spec;
  if (!isGuarded(spec)) return { harness: {}, clients: {}, replication: {}, sentinels: {}, tls, secrets };
  const harness = { user: HARNESS, password: own };
  const open: Credentials = password === undefined ? harness : { password };
  const userFor = (purpose: UserSpec['for']): Credentials | undefined => {
    const [user, found] = Object.entries(users).find(([, one]) => one.for === purpose) ?? [];
    return found && { user, password: found.password };
  };
  const passwords = [password, ...Object.values(users).map((one) => one.password)].filter((one) => one !== undefined);
  learn(secrets, [own, ...passwords]);
  return {
    harness,
    clients: userFor('clients') ?? open,
    replication: userFor('replication') ?? open,
    sentinels: open,
    tls,
    secrets,
  };
}

/** Does the topology ask anybody for a password? */
export const isGuarded = ({ password, users = {} }: Pick<TopologySpec, 'password' | 'users'>): boolean =>
  password !== undefined || Object.keys(users).length > 0;

/** Lines of redis.conf. `channels`: the server guards channels too (6.2 and later; closed by default from 7.0 on). */
export function accessConf(spec: TopologySpec, { harness, replication }: Access, channels: boolean): string[] {
  if (!isGuarded(spec)) return [];
  const { password, users = {} } = spec;
  const everything = channels ? '~* &* +@all' : '~* +@all';
  const user = (name: string, secret: string, rules: string): string =>
    `user ${name} on ${quote(`>${secret}`)} ${rules}`;
  return [
    ...(password === undefined ? ['user default off'] : [`requirepass ${quote(password)}`]),
    user(HARNESS, harness.password!, everything),
    ...Object.entries(users).map(([name, one]) =>
      user(name, one.password, one.rules ?? (one.for === 'replication' ? REPLICATES : everything)),
    ),
    ...(replication.user === undefined ? [] : [`masteruser ${replication.user}`]),
    `masterauth ${quote(replication.password!)}`,
  ];
}

/** What a replica sends to its primary. */
const REPLICATES = '+psync +replconf +ping';

export const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** A command may bring up the same one again and again. */
export function learn(secrets: string[], found: readonly string[]): void {
  for (const secret of found) if (!secrets.includes(secret)) secrets.push(secret);
}

const masks = new WeakMap<readonly string[], Mask>();

/** The text without any of these passwords, however they are written in it. The list may grow. */
export function redact(text: string, secrets: readonly string[]): string {
  let mask = masks.get(secrets);
  if (!mask) {
    mask = maskOf(secrets);
    masks.set(secrets, mask);
  }
  return mask(text);
}
