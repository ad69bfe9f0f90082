/**
 * What a journal may say, and nothing else: a journal is a file, and anybody who can write there could have written it. What
 * is removed is decided by labels; what an entry makes `clean` do beside that is put back a kernel setting of this list.
 */
import { z } from 'zod';
import type { Limits, Skew } from './types.js';

/** Kernel settings that are enlarged for many containers, each with the least value that is ever put back. */
export const kernelSettings = {
  'ipv4/neigh/default/gc_thresh1': 0,
  'ipv4/neigh/default/gc_thresh2': 64,
  'ipv4/neigh/default/gc_thresh3': 128,
  'core/netdev_max_backlog': 100,
} as const;
export type KernelSetting = keyof typeof kernelSettings;
const settingNames = Object.keys(kernelSettings) as [KernelSetting, ...KernelSetting[]];

/** As engines take it. */
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,250}$/);
/** For people. */
const words = z.string().max(2000);
const number = z.string().regex(/^\d{1,9}$/);
const about = { container: name, undo: words };

const intent = z.discriminatedUnion('intent', [
  z.strictObject({ intent: z.literal(['container', 'network', 'volume']), name }),
  z.strictObject({ intent: z.literal('limit'), ...about, now: z.custom<Limits>(isMap) }),
  z.strictObject({ intent: z.literal('clock'), ...about, now: z.custom<Skew>(isMap) }),
  z.strictObject({ intent: z.literal('reimage'), ...about, image: words }),
  z.strictObject({ intent: z.literal(['start', 'stop', 'kill', 'pause', 'detach']), ...about }),
  z.strictObject({ intent: z.literal('split'), groups: z.array(z.array(name)), undo: words }),
  z.strictObject({ intent: z.literal('change'), ...about, what: words, name: words }),
  z.strictObject({ intent: z.literal('keep') }),
  z
    .strictObject({ intent: z.literal('sysctl'), key: z.enum(settingNames), was: number, now: number })
    .refine(({ key, was }) => Number(was) >= kernelSettings[key]),
]);

/** What is about to happen. `container`, `network` and `volume` name what to remove; a sysctl carries its old value;
 * after `keep` only `clean --all` removes the run. */
export type Intent = z.output<typeof intent>;

const header = z.object({
  runId: name,
  engine: z.string().max(300),
  pid: z.number().int().min(0),
  started: z.string().max(50),
  host: z.string().max(300),
  boot: z.exactOptional(z.string().max(100)),
  space: z.exactOptional(z.string().max(100)),
});
export type Header = z.output<typeof header>;

/** @returns undefined for a line that redrill does not write. */
export function entryOf(line: string): { header: Header } | { intent: Intent } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const isHeader = isMap(value) && 'runId' in value;
  const parsed = isHeader ? header.safeParse(value) : intent.safeParse(value);
  if (!parsed.success) return undefined;
  return isHeader ? { header: parsed.data as Header } : { intent: parsed.data as Intent };
}

function isMap(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
