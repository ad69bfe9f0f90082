/** Open slots as CLUSTER NODES prints them: "[42->-<id>]" is being migrated to that node, "[42-<-<id>]" imported from it. */
export interface OpenSlot {
  slot: number;
  state: 'migrating' | 'importing';
  /** Node id of the other side. */
  peer: string;
}

export function parseOpen(text: string): OpenSlot | undefined {
  const found = /^\[(\d+)-([<>])-([^\]]*)\]$/.exec(text);
  if (!found) return undefined;
  const [, slot, arrow, peer] = found;
  return { slot: Number(slot), state: arrow === '>' ? 'migrating' : 'importing', peer: peer! };
}
