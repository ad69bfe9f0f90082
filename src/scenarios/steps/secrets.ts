/** Passwords in commands: which arguments they are, so that no plan, record or report shows them. */

const HIDDEN = '***';

/** Settings whose value is a password. */
const settings =
  /^(requirepass|masterauth|primaryauth|tls-key-file-pass|tls-client-key-file-pass|auth-pass|sentinel-pass)$/i;

/** @returns for each argument whether it is a secret. */
function secretArguments(args: readonly string[]): boolean[] {
  const words = args.map((arg) => arg.toUpperCase());
  const [word = '', second = ''] = words;
  if (word === 'AUTH') return args.map((_, i) => i > 0 && i === args.length - 1);
  if (word === 'HELLO' || word === 'MIGRATE') return args.map((_, i) => afterAuth(words, i));
  if (word === 'ACL' && second === 'SETUSER') return args.map((arg, i) => i > 2 && /^[><#!]./.test(arg));
  if (word === 'CONFIG' || word === 'SENTINEL') return args.map((_, i) => i > 1 && settings.test(args[i - 1]!));
  return args.map(() => false);
}

/** HELLO 3 AUTH user password; MIGRATE … AUTH password, AUTH2 user password. */
function afterAuth(words: readonly string[], i: number): boolean {
  const migrate = words[0] === 'MIGRATE';
  return (migrate && words[i - 1] === 'AUTH') || words[i - 2] === (migrate ? 'AUTH2' : 'AUTH');
}

/** ACL rules keep the sign that says what they do. */
export const hideSecrets = (args: readonly string[]): string[] => {
  const secret = secretArguments(args);
  return args.map((arg, i) =>
    !secret[i] ? arg : /^[><#!]/.test(arg) && args[0]!.toUpperCase() === 'ACL' ? `${arg[0]}${HIDDEN}` : HIDDEN,
  );
};

export const secretsIn = (args: readonly string[]): string[] => {
  const secret = secretArguments(args);
  const own = args.flatMap((arg, i) => (secret[i] ? [args[0]!.toUpperCase() === 'ACL' ? arg.slice(1) : arg] : []));
  return [...own, ...commandsInScript(args).flatMap(secretsIn)];
};

/** redis.call('ACL', 'SETUSER', …) in the text of a script: the arguments that are written out. */
function commandsInScript([word = '', script = '', ...more]: readonly string[]): string[][] {
  const text = /^EVAL/i.test(word) ? script : /^FUNCTION$/i.test(word) ? (more.at(-1) ?? '') : '';
  return [...text.matchAll(/\bp?call\s*\(([^)]*)\)/g)].map(([, list = '']) =>
    [...list.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|\[\[(.*?)\]\]/gs)].map(
      ([, double, single, long]) => double ?? single ?? long ?? '',
    ),
  );
}

/** A password that the server makes up, and the checksums of those that it has. */
export function secretsOfReply([word = '', second = '']: readonly string[], reply: unknown): string[] {
  if (word.toUpperCase() !== 'ACL') return [];
  const texts = textsIn(reply);
  if (/^GENPASS$/i.test(second)) return texts;
  return texts.flatMap((text) => text.match(/\b[0-9a-f]{64}\b/g) ?? []);
}

const textsIn = (reply: unknown): string[] =>
  typeof reply === 'string' ? [reply] : Array.isArray(reply) ? reply.flatMap(textsIn) : [];
