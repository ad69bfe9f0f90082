/** One section of INFO, asked when it is needed. */
import { parseInfo } from '../deployment/nodes-text.js';
import type { Endpoint } from './types.js';

/** ms: long enough for a server that is kept busy. */
export const PATIENCE = 10_000;

export interface Info {
  text(field: string): string;
  /** 0 where the server does not know the field. */
  number(field: string): number;
}

export async function infoOf(node: Endpoint, section: string, timeout = PATIENCE): Promise<Info> {
  const info = parseInfo(String(await node.call(['INFO', section], { timeout })));
  return { text: (field) => info.get(field) ?? '', number: (field) => Number(info.get(field) ?? 0) };
}
