/** Lines of redis.conf as a scenario says them: for all nodes, and for some of them. */

import { roles, watches } from '../deployment/roles.js';
import type { BeginRole, Settings } from '../deployment/types.js';
import type { ManagedNode } from './types.js';

export type { Settings };

export interface Configured {
  config: Settings;
  /** Further ones for some: primaries, replicas, sentinels, "zone eu", node-3. */
  configs?: Record<string, Settings>;
}

export interface Placed {
  name: string;
  role: BeginRole;
  zone?: string | undefined;
}

/** The names that mean this node, the most particular first. */
export const namesOf = ({ name, role, zone }: Placed): string[] => [
  name,
  ...(zone === undefined ? [] : [`zone ${zone}`]),
  roles[role].group,
];

/** What this node has beside, or instead of, what all have. Lines of redis.conf for a zone are for its servers. */
export function ownSettings({ configs = {} }: Pick<Configured, 'configs'>, node: Placed): Settings {
  const names = namesOf(node).filter((name) => !watches(node) || !name.startsWith('zone '));
  return Object.assign({}, ...names.reverse().map((name) => configs[name]));
}

export const settingsFor = (spec: Configured, node: Placed): Settings => ({
  ...spec.config,
  ...ownSettings(spec, node),
});

/** What servers may have: those of all, and those of some of them. */
export const variants = ({ config, configs = {} }: Configured): Settings[] => [
  config,
  ...Object.entries(configs).flatMap(([name, own]) => (/^sentinel/.test(name) ? [] : [{ ...config, ...own }])),
];

export const linesFor = (value: string | readonly string[]): readonly string[] =>
  typeof value === 'string' ? [value] : value;

/** What counts for the server, of a setting that has one value: the last line. Several names are one setting's, old and new. */
export const settingIn = (settings: Settings, ...names: string[]): string | undefined =>
  names
    .flatMap((name) => (settings[name] === undefined ? [] : linesFor(settings[name])))
    .at(-1)
    ?.toLowerCase();

/** The different values that servers have of it; undefined where some are left to the server. */
export const settingsAmong = (spec: Configured, ...names: string[]): (string | undefined)[] => [
  ...new Set(variants(spec).map((settings) => settingIn(settings, ...names))),
];

/** A server does not tell capitals apart in the name of a setting. */
export const lowered = (settings: Settings): Settings =>
  Object.fromEntries(Object.entries(settings).map(([key, value]) => [key.toLowerCase(), value]));

/** "save 900 1", one for each line. */
export const shownSettings = (settings: Settings): string[] =>
  Object.entries(settings).flatMap(([key, value]) => linesFor(value).map((line) => `${key} ${line || '""'}`));

/** As what it began: settings and images go by that. */
export const placeOf = ({ name, initial, zone }: Pick<ManagedNode, 'name' | 'initial' | 'zone'>): Placed => ({
  name,
  role: initial.role,
  zone,
});
