/**
 * Which replica should take over? Not the first one found (handbook 5.1.1: it may be the stalest), and not simply the
 * largest offset: offsets of different histories can't be compared, and a replica with priority 0 must not lead.
 */
export interface Candidate {
  name: string;
  reachable: boolean;
  /** Replication id: only replicas with the same one share a history. */
  replid: string;
  offset: number;
  /** ms since its link to the primary broke; 0 while it is up. */
  linkDownFor: number;
  priority: number;
  loading: boolean;
}

export interface Choice {
  best: Candidate;
  /** Bytes of the replication stream that the best replica lacks; undefined when the primary can't be asked. */
  behind?: number;
  /** Why the others were not chosen, one line each. */
  rejected: string[];
}

/** @throws Error when no replica may take over. `primary` is given when it can still be asked. */
export function bestReplica(candidates: readonly Candidate[], primary?: { replid: string; offset: number }): Choice {
  const rejected: string[] = [];
  const able = candidates.filter((c) => {
    const why = !c.reachable
      ? 'does not answer'
      : c.loading
        ? 'is loading'
        : c.priority === 0
          ? 'has priority 0'
          : primary && c.replid !== primary.replid
            ? 'has another replication history'
            : undefined;
    if (why) rejected.push(`${c.name} ${why}`);
    return why === undefined;
  });
  if (able.length === 0)
    throw new Error(
      `no replica can take over${rejected.length > 0 ? `: ${rejected.join('; ')}` : ': the shard has none'}`,
    );
  // Without the primary, the history most replicas share is the shard's; a lone other one is the stranger.
  const history = primary?.replid ?? mostCommon(able.map((c) => c.replid));
  const comparable = able.filter((c) => c.replid === history);
  for (const c of able) if (c.replid !== history) rejected.push(`${c.name} has another replication history`);
  const [best, ...others] = [...comparable].sort(
    (a, b) =>
      b.offset - a.offset || a.linkDownFor - b.linkDownFor || a.priority - b.priority || a.name.localeCompare(b.name),
  );
  for (const c of others)
    rejected.push(
      c.offset < best!.offset
        ? `${c.name} is ${best!.offset - c.offset} bytes behind ${best!.name}`
        : `${c.name} is as good`,
    );
  return { best: best!, ...(primary && { behind: Math.max(0, primary.offset - best!.offset) }), rejected };
}

function mostCommon(items: string[]): string {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]![0];
}
