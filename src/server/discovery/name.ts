/** Who is called what: by address, so that the same servers have the same names whoever leads and whoever was asked. */
import { watches } from '../../deployment/roles.js';
import type { Member } from './types.js';

const byNumber = new Intl.Collator('en', { numeric: true });

const inOrder = (members: readonly Member[]): Member[] =>
  [...members].sort(({ announced: a }, { announced: b }) => byNumber.compare(a.host, b.host) || a.port - b.port || 0);

/** Servers with data first: node-1, node-2 …; then sentinel-1, sentinel-2 … */
export function named(members: readonly Member[]): (Member & { name: string })[] {
  const sentinels = inOrder(members.filter(watches));
  const nodes = inOrder(members.filter((member) => !watches(member)));
  return [
    ...nodes.map((member, i) => ({ ...member, name: `node-${i + 1}` })),
    ...sentinels.map((member, i) => ({ ...member, name: `sentinel-${i + 1}` })),
  ];
}
