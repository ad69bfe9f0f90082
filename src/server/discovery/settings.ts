/** What has to be asked of servers that answer, beside who they are. What nobody may ask for stays at the servers' own default. */
import { watches } from '../../deployment/roles.js';
import type { Access, Credentials } from '../access.js';
import type { Member, Seeds } from './types.js';
import type { Ways } from './ways.js';

const NODE_TIMEOUT = 15_000;

async function settingsOf(member: Member, names: readonly string[], ways: Ways): Promise<(string | undefined)[]> {
  const questions = names.map((name) => ['CONFIG', 'GET', name]);
  const replies = await ways.ask(member.reached ?? member.announced, questions);
  return names.map((_, i) => {
    const reply = replies?.[i];
    return Array.isArray(reply) && reply.length > 1 ? String(reply[1]) : undefined;
  });
}

const answering = (members: readonly Member[]): Member[] =>
  members.filter((member) => member.server !== undefined && !watches(member));

/** The longest, where nodes have different ones. */
export async function nodeTimeoutAmong(members: readonly Member[], ways: Ways): Promise<number> {
  const told = await Promise.all(
    answering(members).map((member) => settingsOf(member, ['cluster-node-timeout'], ways)),
  );
  return Math.max(0, ...told.flat().map(Number).filter(Number.isFinite)) || NODE_TIMEOUT;
}

/** Replicas log in with what one of them has: those who follow somebody were let in with it. */
export async function accessAs({ tls }: Seeds, members: readonly Member[], ways: Ways): Promise<Access> {
  const { credentials } = ways;
  const [follower] = answering(members).filter(({ role }) => role === 'replica');
  const [user, password] = follower ? await settingsOf(follower, ['masteruser', 'masterauth'], ways) : [];
  const replication: Credentials = password ? { password, ...(user && { user }) } : {};
  const passwords = [credentials, ways.sentinelCredentials, replication].map((one) => one.password);
  return {
    harness: credentials,
    clients: credentials,
    replication,
    sentinels: credentials,
    tls,
    secrets: [...new Set(passwords.flatMap((one) => one ?? []))],
  };
}
