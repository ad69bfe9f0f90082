/** Barriers, as chains of iptables in the network namespace of the container that would have got the packets. */
import type { Barrier, Changed, FromSome, Manner, Place, ToPort } from '../../network.js';
import type { Namespaces } from '../netns.js';

/** The reset from the other side's barrier must come through, or an old connection would wait as if packets vanished. */
const LET_RESETS_IN = '-p tcp --tcp-flags RST RST -j RETURN';
/** In the container's namespace only who comes by the door was redirected. */
const LET_WATCHERS_IN = '-m conntrack --ctstate DNAT -j RETURN';

/** One transaction: no packet sees half of it. Arguments after the name: the rules of the chain. */
const RAISE = `
chain=$1
shift
iptables -C INPUT -j "$chain" 2>/dev/null && jump= || jump="-I INPUT -j $chain"
{
  echo '*filter'
  echo ":$chain -"
  for rule; do echo "-A $chain $rule"; done
  echo "$jump"
  echo COMMIT
} | iptables-restore --noflush
`;

const RAZE = `
iptables -C INPUT -j "$1" 2>/dev/null || exit 0
printf '%s\\n' '*filter' "-D INPUT -j $1" "-F $1" "-X $1" COMMIT | iptables-restore --noflush
`;

/** A chain for each container, which everything that comes in passes first. */
export const raiseChains = (
  chains: ReadonlyMap<Place, readonly string[]>,
  what: string,
  { change }: Namespaces,
): Promise<Changed> =>
  change({ what, on: RAISE, off: RAZE, at: [...chains].map(([container, args]) => ({ container, args })) });

export function cut(barriers: readonly Barrier[], how: Manner, what: string, inside: Namespaces): Promise<Changed> {
  const those = barriers.filter((barrier) => 'to' in barrier || barrier.from.length > 0);
  const places = [...new Set(those.map(({ at }) => at))];
  const chains = new Map(
    places.map((place) => [
      place,
      rulesOf(
        those.filter(({ at }) => at === place),
        how,
      ),
    ]),
  );
  return raiseChains(chains, what, inside);
}

/** The rules of a chain; their fields are separated by blanks. */
export const rulesOf = (barriers: readonly Barrier[], how: Manner): string[] => [
  ...(how === 'reject' ? [LET_RESETS_IN] : []),
  // Who may come to a port is let through there, past all that follows.
  ...barriers.flatMap((barrier) => ('to' in barrier ? [] : fromSome(barrier, how))),
  ...barriers.flatMap((barrier) => ('to' in barrier ? toPort(barrier, how) : [])),
];

function fromSome({ from, port }: FromSome, how: Manner): string[] {
  const source = `-s ${from.map(({ ip }) => ip).join(',')}`;
  const those = port === undefined ? source : `${source} -p tcp -m multiport --ports ${port}`;
  if (how === 'drop') return [`${those} -j DROP`];
  const tcp = port === undefined ? `${source} -p tcp` : those;
  return [`${tcp} -j REJECT --reject-with tcp-reset`, ...(port === undefined ? [`${source} -j DROP`] : [])];
}

function toPort({ to, but }: ToPort, how: Manner): string[] {
  const those = `-p tcp --dport ${to}`;
  return [
    ...(but.length > 0 ? [`-s ${but.map(({ ip }) => ip).join(',')} ${those} -j RETURN`] : []),
    `${those} ${LET_WATCHERS_IN}`,
    `${those} -j ${how === 'drop' ? 'DROP' : 'REJECT --reject-with tcp-reset'}`,
  ];
}
