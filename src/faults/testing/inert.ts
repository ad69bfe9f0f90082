/**
 * A topology to which nothing happens: whatever changes something is answered as if it had been done, and looks are real. What a
 * fault still takes for its effect here is no proof of anything.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container, Fleet } from '../../fleet/types.js';
import type { Connection, Outcome } from '../../server/connection.js';
import type { ManagedNode, Topology } from '../../topology/types.js';
import type { FaultContext } from '../types.js';

const LOOKS =
  /^(PING|INFO|ROLE|TIME|DBSIZE|SCAN|GET|EXISTS|TYPE|CONFIG GET|CLIENT (LIST|ID|INFO|GETNAME)|SLOWLOG (GET|LEN)|MEMORY (STATS|USAGE)|DEBUG DIGEST(-VALUE)?|CLUSTER (NODES|INFO|MYID|SHARDS|SLOTS|LINKS|COUNTKEYSINSLOT|GETKEYSINSLOT|GETSLOTMIGRATIONS|KEYSLOT)|SENTINEL (MASTERS?|REPLICAS|SENTINELS|GET-MASTER-ADDR-BY-NAME|MYID))\b/i;

/** "CLUSTER NODES", "GET some-key" */
const looksOnly = (args: readonly unknown[]): boolean => LOOKS.test(args.slice(0, 2).map(String).join(' '));

type Args = readonly (string | number | Buffer)[];

/** What is not named stays as it is, bound to what it belongs to. */
const altered = <T extends object>(real: T, changes: Partial<Record<keyof T, unknown>>): T =>
  new Proxy(real, {
    get: (_, key) => {
      if (key in changes) return changes[key as keyof T];
      const value = real[key as keyof T];
      return typeof value === 'function' ? value.bind(real) : value;
    },
  });

const done = async (): Promise<void> => undefined;

/** ms: what is done again and again must leave room for looking. */
const TAKES = 5;
const ok = (): Promise<string> => sleep(TAKES, 'OK');

const inertConnection = (real: Connection): Connection =>
  altered(real, {
    call: (args: Args, timeout?: number) => (looksOnly(args) ? real.call(args, timeout) : ok()),
    send: (args: Args, settle: (outcome: Outcome, at: number) => void, timeout?: number) =>
      looksOnly(args)
        ? real.send(args, settle, timeout)
        : void ok().then((reply) => settle({ kind: 'reply', reply }, performance.now())),
  });

const commands = { exec: async () => ({ code: 0, stdout: '', stderr: '' }), remove: done };
/** Said to be full. */
const full = { ...commands, fill: done };

const inertContainer = (real: Container): Container =>
  altered(real, {
    start: done,
    stop: done,
    kill: done,
    pause: done,
    unpause: done,
    limit: done,
    setClock: done,
    detach: done,
    attach: done,
    write: done,
    ...commands,
    disk: real.disk && altered(real.disk, full),
  });

const inertNode = (real: ManagedNode): ManagedNode =>
  altered(real, {
    container: inertContainer(real.container),
    open: (options?: Parameters<ManagedNode['open']>[0]) => inertConnection(real.open(options)),
    call: (args: (string | number)[], options?: { timeout?: number }) =>
      looksOnly(args) ? real.call(args, options) : ok(),
  });

function inertTopology(real: Topology, fleet: Fleet): Topology {
  const nodes = new Map(real.all.map((node) => [node.name, inertNode(node)]));
  const those = (some: readonly ManagedNode[]): ManagedNode[] => some.map(({ name }) => nodes.get(name)!);
  return altered(real, {
    fleet,
    all: those(real.all),
    nodes: those(real.nodes),
    sentinels: those(real.sentinels),
    node: (name: string) => nodes.get(real.node(name).name)!,
  });
}

export function inert(real: FaultContext): FaultContext {
  const nothing = async () => {
    const at = real.clock.now();
    return { from: at, to: at, undo: done, how: 'nothing' };
  };
  const fleet = altered(real.fleet, {
    split: async () => done,
    readdress: done,
    cut: nothing,
    reset: nothing,
    vanish: nothing,
    breakNames: nothing,
    shape: nothing,
  });
  const topology = inertTopology(real.topology, fleet);
  return {
    ...real,
    topology,
    fleet,
    resolve: async (words) => (await real.resolve(words)).map(({ name }) => topology.node(name)),
  };
}
