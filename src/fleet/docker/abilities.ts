/** What Docker can do here for the servers of a run, and why it can't do the rest. */
import type { Abilities, Ability } from '../abilities.js';
import { abilities } from '../abilities.js';
import type { Engine } from './engine.js';
import type { Shaping } from './shape/kernel.js';

/** What is done from beside, by the container of tools: to the containers' networks, and the library that moves clocks. */
const byTools = [
  'split',
  'cut',
  'vanish',
  'reset',
  'names',
  'shape',
  'throttle',
  'see-network',
  'watch-apart',
  'skew-clock',
] as const;
const shaping: readonly Ability[] = ['shape', 'throttle'];
/** What must be prepared before the first container, and is only where it is asked for. */
const prepared: readonly Ability[] = [...byTools, 'watch-detached'];

export const takesTools = (needs: readonly Ability[]): boolean => byTools.some((ability) => needs.includes(ability));

export const takesShaping = (needs: readonly Ability[]): boolean => shaping.some((ability) => needs.includes(ability));

/** What was found when the fleet was opened. */
export interface Found {
  needs: readonly Ability[];
  cgroups: Engine['cgroups'];
  /** Why there are no tools, where they were asked for. */
  noTools?: string | undefined;
  /** What the kernel shapes packets with, where that was asked for. */
  kernel?: ReadonlySet<Shaping> | undefined;
  /** Why the program that holds servers is not to be had. */
  noHolder?: string | undefined;
}

export function abilitiesOf(found: Found): Abilities {
  const lacks = new Map<Ability, string>();
  for (const ability of Object.keys(abilities) as Ability[]) {
    const why = whyNot(ability, found);
    if (why !== undefined) lacks.set(ability, why);
  }
  return { can: new Set((Object.keys(abilities) as Ability[]).filter((ability) => !lacks.has(ability))), lacks };
}

function whyNot(ability: Ability, { needs, cgroups, noTools, kernel, noHolder }: Found): string | undefined {
  if (prepared.includes(ability) && !needs.includes(ability)) return 'it was not opened for it';
  if (noTools !== undefined && (byTools as readonly Ability[]).includes(ability))
    return `there is no container of tools: ${noTools}`;
  switch (ability) {
    case 'shape':
      return kernel && !shapes(kernel)
        ? 'this kernel has neither sch_netem nor NFQUEUE (`modprobe sch_netem` or `modprobe nfnetlink_queue` where the module exists)'
        : undefined;
    case 'throttle':
      return kernel && !kernel.has('htb')
        ? 'this kernel has no sch_htb (`modprobe sch_htb` where the module exists)'
        : undefined;
    case 'freeze':
      return cgroups.freezer ? undefined : 'the engine has no cgroups';
    case 'limit-cpu':
      return cgroups.cpu ? undefined : 'the engine has no CPU limits (the cpu cgroup)';
    case 'limit-memory':
      return cgroups.memory ? undefined : 'the engine has no memory limits (the memory cgroup)';
    case 'stop-without-container':
      return noHolder;
    default:
      return undefined;
  }
}

/** netem works below a token bucket's class; the queue by itself. */
const shapes = (kernel: ReadonlySet<Shaping>): boolean =>
  kernel.has('queue') || (kernel.has('netem') && kernel.has('htb'));
