/**
 * A door beside each port of a container, for those who watch and operate: whatever is done to the connections of clients,
 * theirs can be told from them. In the container's namespace it leads to the same port; the server knows nothing of it.
 */
import type { Place } from '../network.js';
import type { NetworkChange } from './network-change.js';

/** Beyond every port that servers use; replies to connections of the container itself are no new connections and don't come by it. */
export const doorOf = (port: number): number => port + 30_000;

export const doorsOf = (container: Place, ports: readonly number[]): NetworkChange => ({
  what: 'let the harness in by ports of its own',
  on: `
    shift
    while [ $# -gt 0 ]; do
      iptables -t nat -C PREROUTING -p tcp --dport "$1" -j REDIRECT --to-ports "$2" 2>/dev/null ||
        iptables -t nat -A PREROUTING -p tcp --dport "$1" -j REDIRECT --to-ports "$2"
      shift 2
    done`,
  off: `
    shift
    while [ $# -gt 0 ]; do
      iptables -t nat -D PREROUTING -p tcp --dport "$1" -j REDIRECT --to-ports "$2" || :
      shift 2
    done`,
  at: [{ container, args: ports.flatMap((port) => [String(doorOf(port)), String(port)]) }],
});
