/** What stands around the containers of a run before there is one: networks, and what the abilities that it was asked for take. */
import { messageOf, RedrillError } from '../../core/errors.js';
import type { Abilities, FleetOptions } from '../types.js';
import { abilitiesOf, takesShaping, takesTools } from './abilities.js';
import { compileClock } from './clocks.js';
import { type Namespaces, openNamespaces } from './netns.js';
import { createFixedNetwork, createNetwork, type Network } from './networks.js';
import { openShaper, type Shaper } from './shape/shaper.js';
import type { Site } from './site.js';
import { openSwitchboard, type Switchboard } from './split.js';
import { freeSubnets } from './subnets.js';
import { makeRoomForNeighbours } from './sysctls.js';
import type { Tools } from './tools.js';

/** Below this many fully meshed containers every kernel's neighbour table is large enough, and is not looked at. */
const MANY = 20;

/** What works with the container of tools. */
interface Workshop {
  switchboard: Switchboard;
  namespaces: Namespaces;
  shaper: Shaper;
  /** The library that moves wall clocks. */
  clock: Buffer | undefined;
}

export interface Equipment {
  abilities: Abilities;
  data: Network;
  /** A second way in, for containers that are detached from the first. */
  control: Network | undefined;
  workshop: Workshop | undefined;
}

export async function equip(site: Site, options: FleetOptions): Promise<Equipment> {
  const { engine, journal, signal, runId: run, labels, track } = site;
  const { needs, containers } = options;
  const network = (name: string, guess: string | undefined) =>
    track(createFixedNetwork(engine, { name: `${run}-${name}`, labels, journal, signal }, guess));
  const [guess, other] = await freeSubnets(engine);
  // Engines publish ports on the network whose name comes first: "control" must come before "data".
  const [data, control, tools] = await allOrNothing([
    network('data', guess),
    needs.includes('watch-detached') ? network('control', other) : undefined,
    takesTools(needs) ? orWhyNot(site.tools()) : undefined,
    containers > MANY ? track(makeRoomForNeighbours(site.sysctls, containers, journal)) : undefined,
  ]);
  signal?.throwIfAborted();
  const workshop = tools && !('why' in tools) ? await openWorkshop(site, options, tools, data) : undefined;
  const abilities = abilitiesOf({
    needs,
    cgroups: engine.cgroups,
    noTools: tools && 'why' in tools ? tools.why : undefined,
    kernel: takesShaping(needs) ? await workshop?.shaper.kernel() : undefined,
    noHolder: await site.holder.then(() => undefined, messageOf),
  });
  return { abilities, data, control, workshop };
}

async function openWorkshop(site: Site, options: FleetOptions, tools: Tools, data: Network): Promise<Workshop> {
  const { engine, journal, containers, runId, labels, track } = site;
  let switches = 0;
  const switchboard = openSwitchboard({
    ...{ tools, journal, data, containers },
    createSwitch: () => track(createNetwork(engine, { name: `${runId}-switch-${++switches}`, labels, journal })),
  });
  const namespaces = openNamespaces({ tools, journal, clock: options.clock });
  const shaper = openShaper({ tools, namespaces, journal, containers, data });
  const clock = options.needs.includes('skew-clock') ? await compileClock(tools) : undefined;
  return { switchboard, namespaces, shaper, clock };
}

/** Without tools a fleet can do less; who needs them is told why. */
const orWhyNot = (tools: Promise<Tools>): Promise<Tools | { why: string }> =>
  tools.catch((error: unknown) => {
    const hint = error instanceof RedrillError && error.hint !== undefined ? ` (${error.hint})` : '';
    return { why: `${messageOf(error)}${hint}` };
  });

/** Promise.all that waits for the others before it fails, so that nothing is made behind the back of the clean-up. */
async function allOrNothing<T extends readonly unknown[]>(
  work: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
