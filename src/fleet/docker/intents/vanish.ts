/** Containers whose network devices are down: nothing more is heard of them, not even who has their address. */
import type { Changed, Place } from '../../network.js';
import type { Namespaces } from '../netns.js';

/** Taken down, a device forgets the routes by it. Kept beside the namespace, under the name of this change. */
const DOWN = `
kept="/tmp/$1-$OWNER"
[ -e "$kept" ] || ip route save > "$kept"
ip -o link show | while IFS=': ' read -r _ device _; do
  device=\${device%@*}
  [ "$device" = lo ] || ip link set dev "$device" down
done
`;

const UP = `
kept="/tmp/$1-$OWNER"
ip -o link show | while IFS=': ' read -r _ device _; do
  device=\${device%@*}
  [ "$device" = lo ] || ip link set dev "$device" up
done
[ -e "$kept" ] || exit 0
ip route restore < "$kept" 2>/dev/null || :
rm -f "$kept"
`;

export const vanish = (containers: readonly Place[], { change }: Namespaces): Promise<Changed> =>
  change({
    what: 'take its network devices down',
    on: DOWN,
    off: UP,
    at: containers.map((container) => ({ container, args: [] })),
  });
