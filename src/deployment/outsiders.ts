/** Servers that belong to nothing at first. */
import type { NodeView } from './types.js';

const none: ReadonlySet<string> = new Set();

/** Those who belong to nothing yet: whom no member lists, and who lists no member. Whoever has met one of them has met them all. */
export function outsideOf(views: ReadonlyMap<string, NodeView>, began: ReadonlySet<string>): ReadonlySet<string> {
  if (began.size === 0) return none;
  const outside = new Set(began);
  const joined = ({ node, peers }: NodeView): boolean => {
    const met = [...peers.keys()].filter((name) => views.has(name) && name !== node);
    if (outside.has(node)) return met.some((name) => !outside.has(name)) && outside.delete(node);
    return met.filter((name) => outside.delete(name)).length > 0;
  };
  while ([...views.values()].some(joined));
  return outside;
}
