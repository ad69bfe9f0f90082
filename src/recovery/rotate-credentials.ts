import { z } from 'zod';
import { until } from '../core/until.js';
import type { Access } from '../server/access.js';
import { infoOf, PATIENCE } from '../server/info.js';
import { ReplyError } from '../server/resp.js';
import { HARNESS, isGuarded, newSecret } from '../topology/access.js';
import { primaryNameOf } from '../topology/config.js';
import type { ManagedNode, TopologySpec } from '../topology/types.js';
import { timeoutField } from './fields.js';
import { laggards, nothingWrong } from './nothing-wrong.js';
import { defineManagedProcedure, type ManagedContext } from './types.js';

/**
 * A user may have several passwords, so nobody needs to be locked out for a moment:
 *
 *   every server takes both → replicas and sentinels log in with the new one → clients are told → every server drops the old one
 *
 * Whoever is logged in stays so, whatever becomes of the password. A wrong order therefore shows no sooner than a link breaks: that
 * the new password works is tried while the old one would still do.
 */
export const rotateCredentials = defineManagedProcedure({
  summary: 'give users a new password on every server, for replicas, sentinels and clients, and drop the old one',
  handbook: ['7.1'],
  params: z.strictObject({
    user: z
      .string()
      .min(1)
      .max(1000)
      .optional()
      .describe('whose password; default: all that clients, replicas and sentinels connect as'),
    timeout: timeoutField('time for a replica, or a sentinel, to be back with the new password').prefault('15s'),
  }),
  notTargets: ['user'],
  refuses: ({ user }, topology) => {
    if (!isGuarded(topology))
      return { param: 'procedure', why: 'nobody has a password: write topology.password or topology.users' };
    const known = usersOf(topology);
    return user === undefined || known.includes(user)
      ? undefined
      : { param: 'user', why: `nobody connects as ${user}; those who do: ${known.join(', ') || 'nobody'}` };
  },
  steps: async (ctx, { user, timeout }) => {
    await everybodyAnswers(ctx);
    for (const name of user === undefined ? usersOf(ctx.topology.spec) : [user]) await rotate(ctx, name, timeout);
    for (const node of ctx.topology.nodes)
      await say(ctx, node, `Write it to the configuration of ${node.name}`, ['CONFIG', 'REWRITE']);
  },
  verify: (ctx, { timeout }) =>
    nothingWrong(ctx, 'every node lets us in and every replica is in sync', timeout, async () =>
      laggards(await ctx.topology.look(), ctx.topology.nodes),
    ),
});

const DEFAULT = 'default';
const purposes = ['clients', 'replication', 'sentinels'] as const;

/** Users whose password somebody of this topology uses. A new one for anybody else would be known to no one. */
const usersOf = ({ password, users = {} }: Pick<TopologySpec, 'password' | 'users'>): string[] => [
  ...(password === undefined ? [] : [DEFAULT]),
  ...Object.entries(users).flatMap(([name, one]) => (one.for === undefined ? [] : [name])),
];

/** A node that misses it comes back with the old password, and nobody lets it in. */
async function everybodyAnswers({ topology, view }: ManagedContext): Promise<void> {
  const silent = topology.all.filter(({ name }) => !view().nodes.get(name)?.reachable).map(({ name }) => name);
  if (silent.length > 0) throw new Error(`${silent.join(', ')} would miss the new password: start it first`);
}

async function rotate(ctx: ManagedContext, user: string, timeout: number): Promise<void> {
  const { access, nodes, sentinels } = ctx.topology;
  const uses = (purpose: (typeof purposes)[number]): boolean => userOf(access, purpose) === user;
  const [old] = purposes.filter(uses).map((purpose) => access[purpose].password);
  const secret = newSecret();
  access.secrets.push(secret);
  const tell = (purpose: (typeof purposes)[number]): void => {
    access[purpose] = { ...access[purpose], password: secret };
  };

  for (const node of nodes)
    await say(ctx, node, `Let ${node.name} take a new password of ${user} too`, ['ACL', 'SETUSER', user, `>${secret}`]);
  if (uses('replication')) {
    for (const node of nodes)
      await say(ctx, node, `Give it to ${node.name} for its primary`, ['CONFIG', 'SET', 'masterauth', secret]);
    tell('replication');
    for (const node of nodes) if (ctx.view().nodes.get(node.name)?.role === 'replica') await again(ctx, node, timeout);
  }
  if (uses('sentinels')) {
    for (const node of sentinels) {
      await say(ctx, node, `Give it to ${node.name}`, [
        'SENTINEL',
        'SET',
        primaryNameOf(ctx.topology.spec),
        'auth-pass',
        secret,
      ]);
      await watches(ctx, node, timeout);
    }
    tell('sentinels');
  }
  if (uses('clients'))
    await ctx.step('Give it to the clients', {}, async () => {
      tell('clients');
      return 'who is connected stays so; who connects anew uses it';
    });
  for (const node of nodes) {
    // That is the setting, too, that a rewritten configuration gets it from.
    const drop = user === DEFAULT ? ['CONFIG', 'SET', 'requirepass'] : ['ACL', 'SETUSER', user, 'resetpass'];
    await say(ctx, node, `Let ${node.name} forget the old one`, [...drop, user === DEFAULT ? secret : `>${secret}`]);
    await ctx.step(`Log in to ${node.name} as ${user}`, { node: node.name, command: `AUTH ${user} ***` }, async () => {
      if (!(await accepts(node, user, secret))) throw new Error(`${node.name} refuses the new password of ${user}`);
      if (await accepts(node, user, old!)) throw new Error(`${node.name} still takes the old password of ${user}`);
      return 'the new password is accepted, the old one is refused';
    });
  }
}

/** As whom these connect, where it is not the harness itself. */
function userOf(access: Access, purpose: (typeof purposes)[number]): string | undefined {
  const { user = DEFAULT, password } = access[purpose];
  return password === undefined || user === HARNESS ? undefined : user;
}

/** The last argument is the secret, if there is one. */
const say = (ctx: ManagedContext, node: ManagedNode, title: string, words: string[]): Promise<string> => {
  const sign = words.at(-1)!.startsWith('>') ? '>' : '';
  const shown = words.length > 2 ? [...words.slice(0, -1), `${sign}***`] : words;
  return ctx.step(title, { node: node.name, command: shown.join(' ') }, async () =>
    String(await node.call(words, { timeout: PATIENCE })),
  );
};

/** A replica whose link is up was let in before, and needs no password until the link breaks. */
const again = (ctx: ManagedContext, node: ManagedNode, within: number): Promise<string> =>
  ctx.step(
    `Let ${node.name} log in to its primary again`,
    { node: node.name, command: 'CLIENT KILL TYPE master' },
    async () => {
      await node.call(['CLIENT', 'KILL', 'TYPE', 'master'], { timeout: PATIENCE });
      const status = await until(
        async () => (await infoOf(node, 'replication')).text('master_link_status'),
        (link) => link === 'up',
        { describe: `${node.name} follows with the new password`, within, every: 20, signal: ctx.signal },
      );
      return `link ${status}`;
    },
  );

/** A sentinel that gets a new password connects to everybody anew. */
const watches = (ctx: ManagedContext, node: ManagedNode, within: number): Promise<string> =>
  ctx.step(
    `Check that ${node.name} watches the primary`,
    { node: node.name, command: `SENTINEL MASTER ${primaryNameOf(ctx.topology.spec)}` },
    () =>
      until(
        async () => {
          const fields = (await node.call(['SENTINEL', 'MASTER', primaryNameOf(ctx.topology.spec)])) as string[];
          return fields[fields.indexOf('flags') + 1]!;
        },
        (flags) => flags === 'master',
        { describe: `${node.name} is connected to the primary`, within, every: 20, signal: ctx.signal },
      ),
  );

/** Asked on a connection that is logged in already: AUTH changes who it is, or is refused. */
async function accepts(node: ManagedNode, user: string, password: string): Promise<boolean> {
  const connection = node.open({ timeout: PATIENCE });
  try {
    // Our own login first: Valkey 8.1 does not answer a refused one that arrives together with it.
    await connection.call(['PING']);
    return (await connection.call(['AUTH', user, password])) === 'OK';
  } catch (error) {
    if (error instanceof ReplyError && error.code === 'WRONGPASS') return false;
    throw error;
  } finally {
    connection.close();
  }
}
