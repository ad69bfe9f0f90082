/** Keeps what is shaped, and brings every container's namespace to what it should suffer now. */
import { RedrillError } from '../../../core/errors.js';
import type { Journal } from '../../journal.js';
import type { Changed, Datagrams, Journey, Place, Shaped, Travelled, Way } from '../../types.js';
import type { DockerContainer } from '../body.js';
import { inTurns } from '../in-turn.js';
import { hostsOf } from '../ipv4.js';
import type { Namespaces } from '../netns.js';
import type { Call } from '../network-change.js';
import type { Network } from '../networks.js';
import type { Tools } from '../tools.js';
import { classesOf } from './combine.js';
import { CHAIN, type Commands, commandsFor } from './commands.js';
import { PROGRAM, type Shaping, shapingOf } from './kernel.js';
import { describeMechanism, type Mechanism, mechanismFor } from './mechanism.js';
import { travel } from './travel.js';

/**
 * In a container's namespace; OWNER is its process. Arguments: rules for iptables-restore, lines for tc with DEV for the
 * device, lines for the queue's program; all of them empty to undo everything. Packets are led to the program only while
 * it listens.
 */
const SHAPE = `
rules=$1 tree=$2 ways=$3
space=$(readlink /proc/self/ns/net | tr -dc 0-9)
file=/run/ways.$space
process=$(cat "$file.pid" 2>/dev/null || :)
[ -n "$process" ] && [ -d "/proc/$process" ] || process=
listens() { grep -q "^ *0 " /proc/self/net/netfilter/nfnetlink_queue 2>/dev/null; }
if [ -n "$ways" ]; then
  printf %s "$ways" > "$file"
  if [ -n "$process" ]; then kill -HUP "$process"; else
    setsid python3 ${PROGRAM} "$OWNER" "$file" > "$file.log" 2>&1 < /dev/null &
    process=$!
    echo "$process" > "$file.pid"
    tries=0
    until listens; do
      tries=$((tries + 1))
      if [ $tries -gt 500 ] || ! [ -d "/proc/$process" ]; then tail -n 1 "$file.log" >&2; exit 1; fi
      sleep 0.02
    done
  fi
fi
if [ -n "$rules" ]; then
  printf %s "$rules" | iptables-restore --noflush
  iptables -t mangle -C POSTROUTING -j ${CHAIN} 2>/dev/null || iptables -t mangle -A POSTROUTING -j ${CHAIN}
else
  iptables -t mangle -D POSTROUTING -j ${CHAIN} 2>/dev/null || :
  iptables -t mangle -F ${CHAIN} 2>/dev/null && iptables -t mangle -X ${CHAIN} || :
fi
if [ -z "$ways" ] && [ -n "$process" ]; then
  kill -TERM "$process" || :
  tries=0
  # The next one can have the queue when this one is gone.
  while [ -d "/proc/$process" ] && [ $tries -lt 250 ]; do tries=$((tries + 1)); sleep 0.02; done
  rm -f "$file" "$file.pid" "$file.log"
fi
ip -o link show type veth | while read -r _ device _; do
  device=\${device%%[@:]*}
  tc qdisc del dev "$device" root 2>/dev/null || :
  printf %s "$tree" | while IFS= read -r line; do echo "\${line%%DEV*}$device\${line#*DEV}"; done | tc -batch -
done
`;

function processOf(pids: ReadonlyMap<string, number>, { name }: Place): number {
  const pid = pids.get(name);
  if (pid === undefined) throw new RedrillError('ENGINE', `${name} does not run`);
  return pid;
}

export interface Shaper {
  shape(ways: readonly Way[]): Promise<Shaped>;
  travel(journeys: readonly Journey[], datagrams: Datagrams): Promise<Travelled[]>;
  /** What the kernel has for it. */
  kernel(): Promise<ReadonlySet<Shaping>>;
  /** Shapes a container's ways anew that has a new namespace, or a new plug in it. */
  plugged(container: DockerContainer): Promise<void>;
}

interface Workshop {
  tools: Tools;
  namespaces: Namespaces;
  journal: Journal;
  containers: ReadonlyMap<string, DockerContainer>;
  data: Network;
}

export function openShaper({ tools, namespaces, journal, containers, data }: Workshop): Shaper {
  const span = hostsOf(data.subnet);
  const layers = new Set<readonly Way[]>();
  /** What each container was told last. */
  const told = new Map<string, string>();
  let abilities: Promise<Set<Shaping>> | undefined;
  const inTurn = inTurns();

  const able = (): Promise<Set<Shaping>> => {
    abilities ??= shapingOf(tools);
    return abilities;
  };

  const wanted = (name: string, can: ReadonlySet<Shaping>): { mechanism: Mechanism; commands: Commands } => {
    const classes = classesOf(name, layers);
    const mechanism = mechanismFor(classes, can);
    return {
      mechanism,
      commands: commandsFor(classes, mechanism, { ports: containers.get(name)!.ports, containers: span }),
    };
  };

  /** Containers that are told nothing new are left alone: a new tree would lose the packets in the old one. */
  const apply = async (names: Iterable<string>, anew = false): Promise<Pick<Changed, 'from' | 'to'>> => {
    const can = await able();
    const calls: Call[] = [];
    const tell = new Map<string, string>();
    for (const name of names) {
      const { rules, tree, queue } = wanted(name, can).commands;
      const args = [rules, tree, queue];
      const known = told.get(name) ?? JSON.stringify(['', '', '']);
      if (!anew && known === JSON.stringify(args)) continue;
      tell.set(name, JSON.stringify(args));
      calls.push({ container: containers.get(name)!, args });
    }
    // Where it breaks off nobody knows how far it came: the next time all is said anew.
    for (const name of tell.keys()) told.set(name, 'unknown');
    const made = await namespaces.make(SHAPE, calls);
    for (const [name, args] of tell) told.set(name, args);
    return made;
  };

  return {
    kernel: able,
    shape: (ways) =>
      inTurn(async () => {
        const can = await able();
        const touched = new Set(ways.map(({ from }) => from.name));
        layers.add(ways);
        const drop = async (): Promise<void> => {
          layers.delete(ways);
          await apply(touched);
        };
        try {
          const how = new Set([...touched].map((name) => describeMechanism(wanted(name, can).mechanism, can)));
          for (const name of touched)
            await journal.note({
              intent: 'change',
              container: name,
              what: 'shape its ways',
              name: CHAIN,
              undo: 'revert',
            });
          const made = await apply(touched);
          return { ...made, how: [...how].join('; '), undo: () => inTurn(drop) };
        } catch (error) {
          await drop().catch(() => {});
          throw error;
        }
      }),
    travel: travelsIn(tools, namespaces),
    plugged: (container) =>
      inTurn(async () => {
        if (told.has(container.name)) await apply([container.name], true);
        // Ways of others lead to it: its address may be another one.
        await apply([...told.keys()].filter((name) => name !== container.name));
      }),
  };
}

/** One after the other: two at once from one container would want the same port there, and be in each other's way. */
function travelsIn(tools: Tools, namespaces: Namespaces): Shaper['travel'] {
  const inTurn = inTurns();
  return (journeys, datagrams) =>
    inTurn(async () => {
      const pids = await namespaces.processes(
        journeys.flatMap(({ from, to }) => (to === 'clients' ? [from] : [from, to])),
      );
      const stop = (container: Place) => ({ pid: processOf(pids, container), address: container.ip });
      return travel(
        tools,
        journeys.map(({ from, to }) =>
          to === 'clients'
            ? { from: stop(from), to: undefined, port: (from as DockerContainer).ports[0] }
            : { from: stop(from), to: stop(to), port: undefined },
        ),
        datagrams,
      );
    });
}
