/** Changes inside containers' network namespaces, made with the tools container's commands: server images stay as they are. */
import pRetry from 'p-retry';
import type { Clock } from '../../core/clock.js';
import type { Journal } from '../journal.js';
import type { Changed, Done, Place } from '../network.js';
import type { DockerContainer } from './body.js';
import { ask } from './engine.js';
import { inTurns } from './in-turn.js';
import type { Call, NetworkChange } from './network-change.js';
import type { Tools } from './tools.js';

/**
 * Arguments: a script, then for each container its process id, how many arguments the script gets there, and those. All at
 * once. OWNER is the process id.
 */
const INSIDE = `
script=$1
shift
jobs=
while [ $# -gt 0 ]; do
  pid=$1 count=$2
  shift 2
  list= i=1
  # Only references to arguments are evaluated, never the arguments themselves.
  while [ $i -le $count ]; do list="$list \\"\\\${$i}\\"" i=$((i + 1)); done
  eval "OWNER=$pid nsenter -t \\"\\$pid\\" -n sh -euc \\"\\$script\\" sh $list" &
  jobs="$jobs $!"
  shift "$count"
done
failed=0
for job in $jobs; do wait "$job" || failed=1; done
exit $failed
`;

/** The same, and prints the wall clock before and after. */
const TIMED = `
date +%s%N
(${INSIDE}) >&2
date +%s%N
`;

export interface Namespaces {
  /** Runs a script to look at containers, all at once; @returns what it printed, lines of several in any order. */
  inside(script: string, calls: readonly Call[]): Promise<string>;
  change(change: NetworkChange): Promise<Changed>;
  /** Runs a script once in containers' namespaces, all at once; @returns when that was. */
  make(script: string, calls: readonly Call[]): Promise<Done>;
  /** The main process of each container that runs. */
  processes(containers: readonly Place[]): Promise<Map<string, number>>;
  /** Makes the changes of a container anew that has a new namespace, or a new plug in it. */
  plugged(container: Place): Promise<void>;
}

export function openNamespaces({
  tools,
  journal,
  clock,
}: {
  tools: Tools;
  journal: Pick<Journal, 'note'>;
  clock: Clock;
}): Namespaces {
  const live = new Map<string, NetworkChange>();
  let count = 0;
  /** One change at a time, so that what is made anew at a start can't overtake its own undoing. */
  const inTurn = inTurns();

  const processes = async (containers: readonly Place[]): Promise<Map<string, number>> => {
    const found = await Promise.all(
      [...new Set(containers)].map(async (container) => {
        const { State } = await ask(`inspect ${container.name}`, (container as DockerContainer).handle.inspect());
        return [container.name, State.Pid] as const;
      }),
    );
    return new Map(found.filter(([, pid]) => pid > 0));
  };

  /** Containers that don't run have no namespace: they are left out. */
  const run = (script: string, calls: readonly Call[], how = INSIDE): Promise<string> =>
    // A container may die between the look and the call.
    pRetry(
      async () => {
        const pids = await processes(calls.map(({ container }) => container));
        const args = calls.flatMap(({ container, args }) => {
          const pid = pids.get(container.name);
          return pid === undefined ? [] : [String(pid), String(args.length), ...args];
        });
        return args.length === 0 ? '' : tools.script(how, [script, ...args]);
      },
      { retries: 2, minTimeout: 20 },
    );

  const named = (name: string, { at }: NetworkChange): Call[] =>
    at.map(({ container, args }) => ({ container, args: [name, ...args] }));

  return {
    inside: run,
    make: (script, calls) => between(clock, () => run(script, calls, TIMED)),
    processes,
    change(change) {
      const name = `redrill-${++count}`;
      const undo = async (): Promise<void> => {
        if (change.off !== undefined) await run(change.off, named(name, change));
      };
      return inTurn(async () => {
        const how = change.off === undefined ? 'nothing' : 'revert';
        for (const { container } of change.at)
          await journal.note({ intent: 'change', container: container.name, what: change.what, name, undo: how });
        if (change.off !== undefined) live.set(name, change);
        try {
          const made = await between(clock, () => run(change.on, named(name, change), TIMED));
          return {
            ...made,
            undo: () =>
              inTurn(async () => {
                if (!live.has(name)) return;
                await undo();
                live.delete(name);
              }),
          };
        } catch (error) {
          live.delete(name);
          await undo().catch(() => {});
          throw error;
        }
      });
    },
    async plugged(container) {
      if (live.size === 0) return;
      await inTurn(async () => {
        for (const [name, change] of live) {
          const mine = named(name, change).filter((call) => call.container === container);
          if (mine.length > 0) await run(change.on, mine);
        }
      });
    },
  };
}

/**
 * When a timed script ran, by the engine's wall clock as long as that agrees with ours; else while it was asked for, which
 * is longer: the way there and back, and however long the engine's machine let it wait.
 */
async function between(clock: Clock, timed: () => Promise<string>): Promise<Done> {
  const asked = clock.now();
  const [before = '', after = ''] = (await timed()).split('\n');
  const done = clock.now();
  const ahead = Date.now() - done;
  const [from, to] = [Number(before) / 1e6 - ahead, Number(after) / 1e6 - ahead];
  return asked <= from && from <= to && to <= done + 1 ? { from, to: Math.min(to, done) } : { from: asked, to: done };
}
