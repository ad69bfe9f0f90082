/** What a server says of itself, asked for the proof of a fault. */
import { parseInfo } from '../topology/nodes-text.js';
import type { RedisNode } from '../topology/types.js';

/** Long enough for a server that is kept busy. */
export const PATIENCE = 10_000;

export interface Info {
  text(field: string): string;
  /** 0 where the server does not know the field. */
  number(field: string): number;
}

export async function infoOf(node: RedisNode, section: string, timeout = PATIENCE): Promise<Info> {
  const info = parseInfo(String(await node.call(['INFO', section], { timeout })));
  return { text: (field) => info.get(field) ?? '', number: (field) => Number(info.get(field) ?? 0) };
}
