/** Which abilities of a fleet are used, by its methods: what a fault or a procedure declares is compared with what it does. */
import type { Ability, Container, Fleet } from '../../fleet/types.js';

type Takes = Ability | readonly Ability[] | undefined;

/** Every method has a line: who adds one says which ability it takes. `undefined`: every fleet has it, or it depends (below). */
const ofContainer: Readonly<Record<keyof Container, Takes>> = {
  name: undefined,
  ip: undefined,
  disk: undefined,
  endpoint: undefined,
  door: undefined,
  start: undefined,
  lives: undefined,
  stop: 'stop',
  kill: 'signal',
  pause: 'freeze',
  unpause: 'freeze',
  exited: undefined,
  limit: undefined,
  throttled: 'limit-cpu',
  reimage: 'reimage',
  setClock: 'skew-clock',
  clockMoved: undefined,
  detach: ['detach', 'watch-detached'],
  attach: 'detach',
  exec: 'commands',
  read: undefined,
  write: undefined,
  remove: 'files',
  logs: undefined,
  follow: undefined,
  state: undefined,
};

const ofFleet: Readonly<Record<keyof Fleet, Takes>> = {
  can: undefined,
  lacks: undefined,
  runId: undefined,
  connect: undefined,
  machine: undefined,
  lost: undefined,
  address: 'addresses-ahead',
  spare: 'readdress',
  readdress: 'readdress',
  share: undefined,
  disks: 'disks',
  create: undefined,
  split: ['split', 'watch-detached'],
  cut: 'cut',
  reset: 'reset',
  vanish: 'vanish',
  breakNames: 'names',
  lookUp: 'names',
  network: 'see-network',
  shape: undefined,
  travel: 'shape',
  keep: undefined,
  teardown: undefined,
  audit: undefined,
  [Symbol.asyncDispose]: undefined,
};

export interface Used {
  abilities: Set<Ability>;
}

const watched = new WeakMap<Fleet, Used>();

/** Watches these very objects, once for all who ask: the fleet tells its containers by identity. */
export function watchUse(fleet: Fleet, containers: readonly Container[]): Used {
  const known = watched.get(fleet);
  if (known) return known;
  const used: Used = { abilities: new Set() };
  watched.set(fleet, used);
  const add = (takes: Takes): void => {
    for (const ability of [takes ?? []].flat()) used.abilities.add(ability as Ability);
  };
  wrap(fleet, (method, args) => {
    add(ofFleet[method]);
    if (method === 'shape')
      for (const { suffers } of args[0] as Parameters<Fleet['shape']>[0])
        add(
          suffers.rate === undefined ? 'shape' : Object.keys(suffers).length > 1 ? ['shape', 'throttle'] : 'throttle',
        );
  });
  for (const container of containers) {
    const up = async (): Promise<boolean> => (await state()).status !== 'exited';
    const state = container.state.bind(container);
    wrap(container, (method, args) => {
      add(ofContainer[method]);
      if (method === 'start' && container.lives > 0) add('restart');
      if (method === 'logs' && container.lives > 1) add('logs-of-all-lives');
      if (method === 'limit') {
        const limits = args[0] as Parameters<Container['limit']>[0];
        if (limits.cpus !== undefined) add('limit-cpu');
        if (limits.memory !== undefined) add('limit-memory');
      }
      if (method === 'read' || method === 'write') return up().then((is) => add(is ? 'files' : 'files-while-down'));
      return undefined;
    });
    if (container.disk) wrap(container.disk, () => add('disks'));
  }
  return used;
}

/** Work of somebody else's, in between: what it uses does not count. */
export async function apart<T>({ abilities }: Used, work: () => Promise<T>): Promise<T> {
  const before = new Set(abilities);
  try {
    return await work();
  } finally {
    for (const ability of abilities) if (!before.has(ability)) abilities.delete(ability);
  }
}

/** `told` before the call; where it takes time, the call waits for it. Methods that are no properties of its own would go unseen. */
function wrap<T extends object>(object: T, told: (method: keyof T, args: readonly unknown[]) => Promise<void> | void) {
  const methods = Object.entries(Object.getOwnPropertyDescriptors(object)).filter(
    ([, { value }]) => typeof value === 'function',
  );
  if (methods.length === 0) throw new TypeError('it has no methods that could be watched');
  for (const [key, descriptor] of methods) {
    const { value } = descriptor;
    Object.defineProperty(object, key, {
      ...descriptor,
      value: (...args: unknown[]) => {
        const first = told(key as keyof T, args);
        return first ? first.then(() => value.apply(object, args)) : value.apply(object, args);
      },
    });
  }
}
