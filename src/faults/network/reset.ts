/** Established TCP connections of a server, reset from within its network namespace. */
import { duration } from '../../core/fields.js';
import type { ManagedNode } from '../../topology/types.js';
import { keepDoing } from '../background.js';
import type { Undoing } from '../types.js';

/**
 * Arguments after the name: the port, whether connections to that port of others are meant as well (both) or only those that come in,
 * then addresses whose connections are spared. Kills the server's sockets, which resets both ends. A kernel that can't (no INET_DIAG_DESTROY)
 * leaves them all: then each packet that comes in on them is answered with a reset for a moment, which ends those in use.
 */
export const KILL = `
name=$1 port=$2 ways=$3
shift 3
spared= rules=
for address; do
  spared="$spared and not dst $address"
  rules="$rules-A $name -s $address -j RETURN
"
done
ours="sport = :$port" back=
if [ "$ways" = both ]; then
  ours="( sport = :$port or dport = :$port )"
  back="-A $name -p tcp --sport $port ! --syn -j REJECT --reject-with tcp-reset
"
fi
those="$ours $spared"
before=$(ss -tnH state established "$those")
[ -n "$before" ] || exit 0
[ -n "$(ss -tnHK state established "$those")" ] && exit 0
printf '*filter\\n:%s -\\n%s-A %s -p tcp --dport %s ! --syn -j REJECT --reject-with tcp-reset\\n%s-I INPUT -j %s\\nCOMMIT\\n' \\
  "$name" "$rules" "$name" "$port" "$back" "$name" | iptables-restore --noflush
sleep 1
printf '*filter\\n-D INPUT -j %s\\n-F %s\\n-X %s\\nCOMMIT\\n' "$name" "$name" "$name" | iptables-restore --noflush
`;

export const againField = duration('again after this time, as long as the fault lasts; without it once', {
  least: '50ms',
  most: '10m',
}).optional();

/** Goes on resetting after the first time, where it is to be `every` so many ms, those who are `left`: until the last of them is healed. */
export function again(left: Set<ManagedNode>, reset: () => Promise<unknown>, every: number | undefined): Undoing {
  const going = every === undefined ? undefined : keepDoing(every, reset, every);
  const heal = async (): Promise<void> => going?.stop();
  const one = (node: ManagedNode) => async (): Promise<void> => {
    left.delete(node);
    if (left.size === 0) await heal();
  };
  return { heal, apart: new Map([...left].map((node) => [node.name, one(node)])) };
}
