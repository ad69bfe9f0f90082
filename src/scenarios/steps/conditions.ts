/**
 * States that can be asked for: "primary of shard 1 is node-4", "cluster ok on node-2". One table of forms; parser, messages
 * and docs derive from it. Plain data, so that a plan stays printable; engine/conditions answers them.
 */
import { parseTarget, type Target } from '../../topology/targets.js';
import { compare, type Operator } from './numbers.js';
import { namesIn } from './values.js';

export type Condition =
  | { is: 'role'; who: string; role: 'primary' | 'replica'; not: boolean }
  | { is: 'same'; who: string; as: string; not: boolean }
  | { is: 'replica of'; who: string; of: string; not: boolean }
  | { is: 'answering'; who: string; not: boolean }
  | { is: 'in sync'; who: string; not: boolean }
  | { is: 'flagged'; who: string; flag: 'failed' | 'suspected'; not: boolean }
  | { is: 'state'; state: 'ok' | 'fail'; on?: string }
  | { is: 'serving'; shard: number; not: boolean }
  | { is: 'slot'; slot: number; what: 'migrating' | 'moved'; not: boolean }
  | { is: 'replicas'; who: string; operator: Operator; count: number }
  | { is: 'agreement'; not: boolean }
  | { is: 'compared'; left: string; operator: Operator; right: string };

interface Form {
  /** As docs and messages show it. */
  form: string;
  pattern: RegExp;
  /** undefined: this form does not fit after all. @throws for one that does, but names nobody. */
  read(match: RegExpExecArray): Condition | undefined;
}

/** The first that fits is meant: the last one takes any "X is Y". */
export const conditionForms: readonly Form[] = [
  {
    form: '<who> answers',
    pattern: /^(.+?) (answers|does not answer)$/,
    read: ([, who, verb]) => ({ is: 'answering', who: named(who!), not: verb !== 'answers' }),
  },
  {
    form: 'cluster ok on <who>',
    pattern: /^cluster (ok|fail)(?: on (.+))?$/,
    read: ([, state, on]) => ({
      is: 'state',
      state: state as 'ok' | 'fail',
      ...(on !== undefined && { on: named(on) }),
    }),
  },
  {
    form: 'shard <n> serves',
    pattern: /^shard (\d+) (serves|does not serve)$/,
    read: ([, shard, verb]) => ({ is: 'serving', shard: Number(shard), not: verb !== 'serves' }),
  },
  {
    form: 'slot <n> migrating',
    pattern: /^slot (\d+) (?:is )?(not )?(migrating|moved)$/,
    read: ([, slot, not, what]) => ({
      is: 'slot',
      slot: Number(slot),
      what: what as 'migrating' | 'moved',
      not: not !== undefined,
    }),
  },
  {
    form: 'nodes agree',
    pattern: /^nodes (agree|disagree)$/,
    read: ([, verb]) => ({ is: 'agreement', not: verb !== 'agree' }),
  },
  {
    form: '<who> has <n> replicas',
    pattern: /^(.+?) has (?:(<=|>=|==|!=|<|>) ?)?(\d+) replicas?$/,
    read: ([, who, operator = '==', count]) => ({
      is: 'replicas',
      who: isShard(who!) ? who! : named(who!),
      operator: operator as Operator,
      count: Number(count),
    }),
  },
  {
    form: `\${a} > \${b}`,
    pattern: /^(\S+) (<=|>=|==|!=|<|>) (\S+)$/,
    read: ([, left, operator, right]) => {
      const texts = [left!, right!];
      if (texts.every((text) => namesIn(text).length === 0))
        throw new Error(`"${texts.join(` ${operator} `)}" compares no saved value; write for example \${offset} > 100`);
      const fixed = texts.find((text) => namesIn(text).length === 0);
      if (fixed !== undefined && operator !== '==' && operator !== '!=' && compare(fixed, '<', '0') === undefined)
        throw new Error(`"${fixed}" is not a number`);
      return { is: 'compared', left: left!, operator: operator as Operator, right: right! };
    },
  },
  {
    form: '<who> is primary',
    pattern: /^(.+?) is (not )?(primary|replica)$/,
    read: ([, who, not, role]) => ({
      is: 'role',
      who: named(who!),
      role: role as 'primary' | 'replica',
      not: not !== undefined,
    }),
  },
  {
    form: '<who> is failed',
    pattern: /^(.+?) is (not )?(failed|suspected)$/,
    read: ([, who, not, flag]) => ({
      is: 'flagged',
      who: named(who!),
      flag: flag as 'failed' | 'suspected',
      not: not !== undefined,
    }),
  },
  {
    form: '<who> is in sync',
    pattern: /^(.+?) is (not )?in sync$/,
    read: ([, who, not]) => ({ is: 'in sync', who: named(who!), not: not !== undefined }),
  },
  {
    form: '<who> is replica of <who>',
    pattern: /^(.+?) is (not )?replica of (.+)$/,
    // "replica of shard 1" is a target itself: that is the form below.
    read: ([, who, not, of]) =>
      /^(shard|slot|key) /.test(of!)
        ? undefined
        : { is: 'replica of', who: named(who!), of: named(of!), not: not !== undefined },
  },
  {
    form: '<who> is <who>',
    pattern: /^(.+?) is (not )?(.+)$/,
    read: ([, who, not, as]) => ({ is: 'same', who: named(who!), as: named(as!), not: not !== undefined }),
  },
];

/** @returns undefined for a text that has the form of none. */
export function parseCondition(text: string): Condition | undefined {
  for (const { pattern, read } of conditionForms) {
    const match = pattern.exec(text);
    const condition = match && read(match);
    if (condition) return condition;
  }
  return undefined;
}

/** A condition speaks of certain nodes: chance may decide who is hit, not what is asked. */
function named(words: string): string {
  const who = words.trim();
  if (namesIn(who).length > 0) return who;
  const target = parseTarget(who);
  if ((target.kind === 'share' && target.share !== 'all') || (target.kind === 'sentinel' && chosen(target.which)))
    throw new Error(`"${who}" is drawn by chance; name the nodes that are meant, or remember them before`);
  return who;
}

const chosen = (which: string): boolean => which === 'minority' || which === 'majority';

/** The targets in a condition, to be checked against a topology; those with saved values are only known later. */
export const whoIn = (condition: Condition): string[] =>
  ['who', 'as', 'of', 'on'].flatMap((key) => {
    const words = (condition as unknown as Record<string, unknown>)[key];
    return typeof words === 'string' && !(condition.is === 'replicas' && isShard(words)) ? [words] : [];
  });

/** `shard 2 has 1 replica` speaks of the shard's primary. */
export const isShard = (words: string): boolean => /^shard \d+$/.test(words);

/** Every node that the words may mean: "replica of shard 1" is all of them. */
export const everyOf = (target: Target): Target =>
  target.kind === 'role'
    ? { ...target, every: true }
    : target.kind === 'sentinel'
      ? { ...target, which: 'all' }
      : target;
