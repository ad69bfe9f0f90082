/** Settings as a scenario writes them: of a topology, and for a next start. */
import { z } from 'zod';
import { bounds } from '../core/fields.js';
import { settingProblem, settingsProblem } from './setting-rules.js';
import { linesFor, type Settings } from './settings.js';

const setting = z
  .union([z.string(), z.number(), z.boolean()], {
    error: (issue) => (issue.input === undefined ? undefined : 'a setting is a text, a number, true or false'),
  })
  .transform((value) => (typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)));

/** Most lines of one directive: nobody means more. */
const MANY_LINES = 100;
export const lines = z.union([setting, z.array(setting).min(1).max(MANY_LINES)], {
  error: (issue) =>
    issue.input === undefined || Array.isArray(issue.input)
      ? undefined
      : 'a setting is a text, a number, true or false, or a list of them for a directive that stands several times',
});

/** What is wrong with each setting: of a line by itself, of all lines together, of two spellings of one name. */
export function checkSettings(
  config: Settings,
  problem: (key: string, line: string) => string | undefined,
  complain: (message: string, ...path: (string | number)[]) => void,
): void {
  const seen = new Set<string>();
  for (const [key, value] of Object.entries(config)) {
    const all = linesFor(value);
    const bad = all.findIndex((line) => problem(key, line) !== undefined);
    if (bad >= 0) complain(problem(key, all[bad]!)!, key, ...(Array.isArray(value) ? [bad] : []));
    else {
      const message = settingsProblem(key, all);
      if (message) complain(message, key);
    }
    if (seen.has(key.toLowerCase())) complain(`${key} stands here twice: a server does not tell capitals apart`, key);
    seen.add(key.toLowerCase());
  }
}

export const checked =
  (problem: (key: string, line: string) => string | undefined) =>
  (config: Settings, ctx: z.core.$RefinementCtx): void =>
    checkSettings(config, problem, (message, ...path) => ctx.addIssue({ code: 'custom', path, message }));

export const settings = z
  .record(z.string(), lines)
  .superRefine(checked(settingProblem))
  .meta({
    description:
      'Lines of redis.conf. true and false are written as yes and no. A directive that stands several times has a list.',
    examples: [
      { 'cluster-node-timeout': 2000 },
      { 'client-output-buffer-limit': ['replica 64mb 16mb 60', 'pubsub 8mb 2mb 60'] },
    ],
  });

/** More than anybody changes at once. */
const MOST = 50;
/** What no server can be asked for. */
const untold = new Set(['rename-command', 'loadmodule']);
/** Started with another, it would be another node. */
const KEPT = 'cluster-config-file';

/** For the next start of a node: what CONFIG GET tells afterwards, so that it is known whether the node has it. */
export const nextSettings = z
  .record(z.string(), lines)
  .superRefine(checked(settingProblem))
  .superRefine((config, ctx) => {
    const count = Object.keys(config).length;
    if (count < 1 || count > MOST) ctx.addIssue({ code: 'custom', message: `1 to ${MOST} settings are expected` });
    for (const key of Object.keys(config))
      if (key.toLowerCase() === KEPT)
        ctx.addIssue({
          code: 'custom',
          path: [key],
          message: `a node keeps its ${KEPT} where it is: write it in topology.config`,
        });
      else if (untold.has(key.toLowerCase()))
        ctx.addIssue({
          code: 'custom',
          path: [key],
          message: `nobody can ask a server for ${key}: write it in topology.config`,
        });
  })
  .meta({
    description:
      'lines of redis.conf that it has from this start on; whether it really has them is asked with CONFIG GET',
    examples: [{ appendonly: false, maxmemory: '64mb' }],
  })
  .register(bounds, { least: '1', most: String(MOST) });
