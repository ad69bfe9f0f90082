/** Open TCP connections of a container, reset from within its network namespace. */
import type { Connections, Done } from '../../network.js';
import type { Namespaces } from '../netns.js';

/**
 * Arguments after the name: the port, whether connections to that port of others are meant as well (both) or only those that come in,
 * then addresses whose connections are spared. Kills the server's sockets, which resets both ends. A kernel that can't (no INET_DIAG_DESTROY)
 * leaves them all: then each packet that comes in on them is answered with a reset for a moment, which ends those in use.
 */
const RESET = `
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

export const reset = (those: readonly Connections[], { change }: Namespaces): Promise<Done> =>
  change({
    what: 'reset open connections',
    on: RESET,
    at: those.map(({ of, port, made, but }) => ({
      container: of,
      args: [String(port), made, ...but.map(({ ip }) => ip)],
    })),
  });
