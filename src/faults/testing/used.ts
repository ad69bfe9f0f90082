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

/** Watches these very objects: the fleet tells its containers by identity. */
export function watchUse(fleet: Fleet, containers: readonly Container[]): Used {
  const used: Used = { abilities: new Set() };
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

/** `told` before the call; where it takes time, the call waits for it. */
function wrap<T extends object>(object: T, told: (method: keyof T, args: readonly unknown[]) => Promise<void> | void) {
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
    const { value } = descriptor;
    if (typeof value !== 'function') continue;
    Object.defineProperty(object, key, {
      ...descriptor,
      value: (...args: unknown[]) => {
        const first = told(key as keyof T, args);
        return first ? first.then(() => value.apply(object, args)) : value.apply(object, args);
      },
    });
  }
}
