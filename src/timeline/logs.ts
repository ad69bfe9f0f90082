/** The server log lines of a recording that mean something, with the nodes that they speak of by name. */
import { factIn, type LineFact } from '../deployment/log-facts.js';
import type { Recording } from '../recording/recording.js';

/** A log line that means something. */
export interface LogFact extends Pick<LineFact, 'kind' | 'numbers' | 'text'> {
  t: number;
  node: string;
  /** The node it speaks of, by name. */
  about?: string;
}

/** All meaningful lines of all nodes in order of time. */
export function logFacts({ logs, topology }: Recording): LogFact[] {
  const names = new Map(topology.nodes.flatMap((n) => [n.id, ...(n.laterIds ?? [])].map((id) => [id, n.name])));
  const out: LogFact[] = [];
  for (const [node, lines] of Object.entries(logs))
    for (const line of lines) {
      const read = factIn(line.text);
      if (!read) continue;
      const { id, address, ...fact } = read;
      const about =
        address === undefined
          ? id === undefined
            ? undefined
            : (names.get(id) ?? id.slice(0, 8))
          : (bearerOf(address, line.t, topology.nodes) ?? address);
      out.push({ t: line.t, node, ...fact, ...(about === undefined ? {} : { about }) });
    }
  return out.sort((a, b) => a.t - b.t);
}

/** Who had this address then; else who had it last: others go on speaking of it. */
function bearerOf(address: string, t: number, nodes: Recording['topology']['nodes']): string | undefined {
  // Sentinels may speak of nodes by their names.
  const named = nodes.find(({ name }) => address.startsWith(`${name}:`));
  if (named) return named.name;
  let found: { name: string; from: number } | undefined;
  for (const { name, address: first, laterAddresses = [] } of nodes)
    for (const one of [{ from: Number.NEGATIVE_INFINITY, address: first }, ...laterAddresses])
      if (one.address === address && one.from <= t && one.from >= (found?.from ?? one.from))
        found = { name, from: one.from };
  return found?.name;
}
