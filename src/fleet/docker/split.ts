import pRetry from 'p-retry';
import type { Journal } from '../journal.js';
import type { DockerContainer } from './body.js';
import { ask } from './engine.js';
import { inTurns } from './in-turn.js';
import { type Layer, separated } from './layers.js';
import type { Network } from './networks.js';
import type { Tools } from './tools.js';

/**
 * Arguments: process id, address and bridge ("-" for none) of each container. For each it finds the engine's end of the
 * cable that carries the address; then one command replugs all of them, so that the cut takes no time.
 * A container that is down or unplugged has no such cable: it is left out.
 */
const REPLUG = `
plan=
while [ $# -gt 0 ]; do
  pid=$1 ip=$2 bridge=$3
  shift 3
  device=$(nsenter -t "$pid" -n ip -o -4 addr show to "$ip/32") || continue
  [ -n "$device" ] || continue
  device=\${device#*: }
  device=\${device%% *}
  cable=$(nsenter -t "$pid" -n ip -o link show dev "$device") || continue
  cable=\${cable#*@if}
  cable=\${cable%%:*}
  if [ "$bridge" = - ]; then how=nomaster; else how="master $bridge"; fi
  plan="\${plan}link set dev if$cable $how
"
done
printf %s "$plan" | ip -batch -
`;

export interface Switchboard {
  split(groups: readonly (readonly DockerContainer[])[]): Promise<() => Promise<void>>;
  /** Puts a container that has got a new cable where it belongs now. */
  plugged(container: DockerContainer): Promise<void>;
}

interface Wiring {
  tools: Tools;
  journal: Journal;
  data: Network;
  containers: ReadonlyMap<string, DockerContainer>;
  /** A further switch; the engine's own rules let traffic pass inside it. */
  createSwitch(): Promise<Network>;
}

export function openSwitchboard({ tools, journal, data, containers, createSwitch }: Wiring): Switchboard {
  const layers = new Set<Layer>();
  const switches: Network[] = [];
  /** One change of the wiring at a time. */
  const inTurn = inTurns();

  /** Container → bridge. Who is alone needs no switch at all. */
  const wiring = async (): Promise<Map<string, string>> => {
    const bridges = new Map<string, string>();
    let used = 0;
    for (const group of separated(layers, containers.keys()).values()) {
      if (group.length > 1) switches[used] ??= await createSwitch();
      const bridge = group.length > 1 ? switches[used++]!.bridge : '-';
      for (const name of group) bridges.set(name, bridge);
    }
    return bridges;
  };

  const rewire = async (which: Iterable<DockerContainer>): Promise<void> => {
    const bridges = await wiring();
    const args = async (): Promise<string[]> => {
      const found = await Promise.all(
        [...which].map(async (c) => {
          const { State } = await ask(`inspect ${c.name}`, c.handle.inspect());
          return State.Pid > 0 ? [String(State.Pid), c.ip, bridges.get(c.name) ?? data.bridge] : [];
        }),
      );
      return found.flat();
    };
    // A container may die between the look and the cut; its cable is then gone.
    await pRetry(async () => tools.script(REPLUG, await args()), { retries: 2, minTimeout: 20 });
  };

  return {
    split(groups) {
      const layer: Layer = groups.map((group) => group.map((c) => c.name));
      const heal = (): Promise<void> =>
        inTurn(async () => {
          if (layers.delete(layer)) await rewire(containers.values());
        });
      return inTurn(async () => {
        await journal.note({ intent: 'split', groups: layer.map((g) => [...g]), undo: 'replug' });
        layers.add(layer);
        try {
          await rewire(containers.values());
        } catch (error) {
          layers.delete(layer);
          await rewire(containers.values()).catch(() => {});
          throw error;
        }
        return heal;
      });
    },
    plugged: (container) => (layers.size === 0 ? Promise.resolve() : inTurn(() => rewire([container]))),
  };
}
