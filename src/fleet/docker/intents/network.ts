/** What the kernels of containers say of their networks. */
import type { NetworkState, Place } from '../../network.js';
import type { Namespaces } from '../netns.js';

/**
 * Argument: the container's name, with which each line begins. One line is written at a time, so that those of several containers
 * don't mix. The engine's own rules for names (table nat) are left out: their ports change.
 */
const LOOK = `
say() { while IFS= read -r line; do printf '%s %s %s\\n' "$1" "$2" "$line"; done; }
ip -o -4 addr show scope global | say "$1" address
{ iptables -S; iptables -t mangle -S; tc qdisc show; ip -o link show type ifb; } | say "$1" rule
`;

/** By name; one that does not run has none. */
export async function networkOf(
  containers: readonly Place[],
  { inside }: Namespaces,
): Promise<ReadonlyMap<string, NetworkState>> {
  const text = await inside(
    LOOK,
    containers.map((container) => ({ container, args: [container.name] })),
  );
  const found = new Map<string, NetworkState>();
  for (const [, name = '', kind, line = ''] of text.matchAll(/^(\S+) (address|rule) (.*)$/gm)) {
    const state = found.get(name) ?? { addresses: [], rules: [] };
    found.set(name, state);
    const address = kind === 'address' ? / inet ([\d.]+)/.exec(line)?.[1] : undefined;
    if (kind === 'rule') state.rules.push(line);
    else if (address !== undefined) state.addresses.push(address);
  }
  return found;
}
