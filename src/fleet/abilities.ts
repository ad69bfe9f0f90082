/**
 * What a fleet may be able to do, by name. Faults, procedures and topologies say which of these they need; a fleet says which it has
 * (`Fleet.can`) and why it lacks the others. What is in no entry here every fleet can do: create a container, start it, run a server
 * in it, reach the server, tell whether it runs, how it ended and what it printed.
 */
export const abilities = {
  restart: 'start a server again that has ended',
  stop: 'ask a server to end, and end it if it does not',
  signal: 'send a server a signal',
  freeze: 'make a server stand still, and go on',
  'limit-cpu': 'give a running server less CPU, and tell how often it was held back',
  'limit-memory': 'give a running server less memory, which ends it when it wants more',
  'skew-clock': "move a server's wall clock",
  reimage: 'run a server from another image, with what it had',
  commands: 'run a command beside a server',
  'stop-without-container': 'end and start a server while its container stays, and with it the address',

  files: 'read and write the files of a running server',
  'files-while-down': 'read and write the files of a server that has ended',
  disks:
    'give each server a volume of its own, of limited size if need be, which it writes and which can be worked on while it is down',
  'logs-of-all-lives': 'tell what a server printed over all its lives, and go on listening over restarts',

  'addresses-ahead': 'tell the addresses of servers before any of them exists',
  'lasting-addresses': 'let a server keep its address over restarts',
  readdress: 'give servers other addresses',
  detach: 'take a server off the network of the others, and put it back',
  split: 'divide the network into parts that nothing crosses, where links inside a part stay up',
  cut: 'drop or refuse what comes from some addresses, to some ports, or from clients',
  vanish: "take a server's network away without a word to anybody",
  reset: 'break connections that are open',
  names: 'break the lookup of names',
  shape: 'delay, lose, double or reorder packets on some ways',
  throttle: 'limit what some ways carry',
  'see-network': "tell a server's addresses, and how packets fare there, by the word of its kernel",
  'watch-detached': 'reach a server from here that the others do not reach',
  'watch-apart': 'reach a server from here by another way than its clients',
} as const;

export type Ability = keyof typeof abilities;

/** What is needed to carry out a part of a drill, and who needs it: a fault or procedure by its id in the plan, or the topology. */
export interface Need {
  ability: Ability;
  by: readonly string[];
}

/** Whether a fleet has an ability, and why not. */
export interface Abilities {
  readonly can: ReadonlySet<Ability>;
  /** Every other one. */
  readonly lacks: ReadonlyMap<Ability, string>;
}
