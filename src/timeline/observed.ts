/** What the observers saw change, as dated lines. */

import { rangesInWords, rangesOf } from '../core/ranges.js';
import { traitsOf } from '../deployment/kinds.js';
import type { Recording } from '../recording/recording.js';
import { type SlotMove, slotMovesOf } from './slot-moves.js';
import type { TimelineEvent } from './types.js';

export interface Terms {
  suspected: string;
  failed: string;
}

/** One node's suspicion and the agreement of several have names of their own with sentinels. */
export const termsOf = (kind: string): Terms => traitsOf(kind).flagWords;

/**
 * A general explanation, said of one drill: of "(PFAIL; sentinels: SDOWN)" the word that is meant there, none where nobody decides;
 * "(probes: read, …)" only where they do.
 */
export const saidOf = (kind: string, probes: string | undefined, general: string): string => {
  const text = probes === 'read' ? general : general.replace(/ \(probes: read, [^)]*\)/, '');
  const { arbiter } = traitsOf(kind);
  return text.replace(/ \((\w+); sentinels: (\w+)\)/, (_, primaries: string, sentinels: string) =>
    arbiter === 'nobody' ? '' : ` (${arbiter === 'sentinels' ? sentinels : primaries})`,
  );
};

/** Lines with the same `key` close to each other are one event seen by several nodes. */
export type StoryLine = TimelineEvent & { key?: string };
export function viewLines({ views, topology }: Recording, words: Terms): StoryLine[] {
  const turns = turnsIn(words);
  const roles = new Map(topology.nodes.map((n) => [n.name, n.role]));
  const reachable = new Map<string, boolean>();
  const runIds = new Map<string, string>();
  const states = new Map<string, string>();
  const healths = new Map<string, string>();
  const out: StoryLine[] = [];
  for (const v of views) {
    const { node } = v;
    const line = (kind: TimelineEvent['kind'], text: string, key?: string): void => {
      out.push({
        t: (v.since + v.t) / 2,
        kind,
        node,
        text,
        witness: `observer on ${node}`,
        ...(key === undefined ? {} : { key }),
      });
    };
    if (reachable.get(node) !== v.reachable) {
      if (reachable.has(node)) line('state', v.reachable ? `${node} answers again` : `${node} stops answering`);
      reachable.set(node, v.reachable);
    }
    if (v.runId) {
      if (runIds.has(node) && runIds.get(node) !== v.runId) line('state', `${node} is a new process (run id changed)`);
      runIds.set(node, v.runId);
    }
    if (v.state !== undefined) {
      if (states.has(node) && states.get(node) !== v.state)
        line('state', `Cluster state changed: ${v.state}`, `Cluster state changed: ${v.state}`);
      states.set(node, v.state);
    }
    const turned = { pfail: [] as string[], fail: [] as string[], ok: [] as string[] };
    for (const { about, health, role, primary } of v.opinions) {
      const id = `${node} ${about}`;
      if (health !== (healths.get(id) ?? 'ok')) turned[health].push(about);
      healths.set(id, health);
      if (about === node && role !== roles.get(node)) {
        if (role === 'primary') line('promoted', `${node} is primary now`, `promoted ${node}`);
        else line('demoted', `${node} becomes a replica of ${primary ?? 'nobody'}`, `demoted ${node}`);
        roles.set(node, role);
      }
    }
    for (const health of ['pfail', 'fail', 'ok'] as const) {
      const { kind, key, said } = turns[health];
      // A node that is cut off loses sight of all others at once: one line, not one for each.
      if (turned[health].length > 2) line(kind, `${turned[health].join(', ')} ${said}`);
      else for (const about of turned[health]) line(kind, `${about} ${said.replace('are', 'is')}`, `${key} ${about}`);
    }
  }
  return out;
}

/** Slots that moved in the same look at the same node are one line. */
export function slotMoveLines(recording: Recording): StoryLine[] {
  const groups = new Map<string, SlotMove[]>();
  for (const move of slotMovesOf(recording)) {
    const key = `${move.t} ${move.node} ${move.what} ${move.peer}`;
    groups.set(key, [...(groups.get(key) ?? []), move]);
  }
  return [...groups.values()].map((group) => {
    const [{ node, what, peer, since, t }] = group as [SlotMove, ...SlotMove[]];
    const slots = `slot${group.length === 1 ? '' : 's'} ${inWords(group.map(({ slot }) => slot))}`;
    const text = {
      migrating: `${node} is migrating ${slots} to ${peer}`,
      importing: `${node} is importing ${slots} from ${peer}`,
      closed: `${slots} no longer open on ${node}`,
      gained: `${node} owns ${slots} now`,
      lost: `${node} owns ${slots} no longer`,
    }[what];
    return { t: (since + t) / 2, kind: 'state', node, text, witness: `observer on ${node}` };
  });
}

/** "42, 50-60": at most a few of them. */
function inWords(slots: readonly number[]): string {
  const ranges = rangesOf([...slots].sort((a, b) => a - b));
  const told = rangesInWords(ranges.slice(0, 5));
  return ranges.length > 5 ? `${told} and others` : told;
}

const turnsIn = (words: Terms) =>
  ({
    pfail: { kind: 'suspected', key: 'suspected', said: `are suspected (${words.suspected})` },
    fail: { kind: 'failed', key: 'failed', said: `are marked as failed (${words.failed})` },
    ok: { kind: 'state', key: 'cleared', said: 'are no longer marked as failed' },
  }) as const;
