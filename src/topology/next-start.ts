/** Settings that a node has from its next start on: written while it is down, asked for when it is back. */

import { pathsOf } from './config.js';
import { withSettings } from './directives.js';
import { linesFor, type Settings, shownSettings } from './settings.js';
import type { ManagedNode } from './types.js';

/** @returns the file as it was. */
export async function writeForNextStart(node: ManagedNode, settings: Settings): Promise<string> {
  const { config } = pathsOf(node);
  const before = (await node.container.read(config)).toString();
  await node.container.write(config, withSettings(before, settings));
  return before;
}

export const putBack = (node: ManagedNode, file: string): Promise<void> =>
  node.container.write(pathsOf(node).config, file);

/** What the server itself says it has, in its own words. */
async function toldOf(node: ManagedNode, settings: Settings): Promise<Map<string, string | undefined>> {
  const told = await Promise.all(
    Object.keys(settings).map(async (key) => {
      const reply = await node.call(['CONFIG', 'GET', key], { timeout: 2000 });
      const value = Array.isArray(reply) ? reply[1] : undefined;
      return [key, typeof value === 'string' ? value : undefined] as const;
    }),
  );
  return new Map(told);
}

/**
 * Asks it for each of them. @returns what it says, in words. @throws Error for one that it has otherwise. Of a directive with
 * several lines a server tells all there is, in one.
 */
export async function hasSettings(node: ManagedNode, settings: Settings): Promise<string> {
  const told = await toldOf(node, settings);
  for (const [key, value] of Object.entries(settings)) {
    const answer = told.get(key);
    if (answer === undefined) throw new Error(`${node.name} knows no setting ${key}`);
    if (!linesFor(value).every((line) => says(answer, line)))
      throw new Error(
        `${node.name} came back with ${key} ${answer || '""'}, not ${shownSettings({ [key]: value }).join(', ')}`,
      );
  }
  return [...told].map(([key, value]) => `${key} ${value || '""'}`).join(', ');
}

/** "replica 64mb 16mb 60" is in "normal 0 0 0 slave 67108864 16777216 60 …". */
export function says(answer: string, line: string): boolean {
  const [told, asked] = [wordsOf(answer), wordsOf(line)];
  if (asked.length === 0) return told.length === 0;
  // One word is the whole answer; several stand in a row, or in an order of the server's own.
  if (asked.length === 1 && told.length > 1) return false;
  const inRow = told.some((_, i) => asked.every((word, j) => told[i + j] === word));
  return inRow || (told.length === asked.length && asked.every((word) => told.includes(word)));
}

const UNITS: Record<string, number> = { '': 1, b: 1, k: 1e3, kb: 2 ** 10, m: 1e6, mb: 2 ** 20, g: 1e9, gb: 2 ** 30 };

const wordsOf = (text: string): string[] =>
  text
    .trim()
    .toLowerCase()
    .replace(/^(""|'')$/, '')
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => {
      const [, number, unit] = /^(\d+)([kmg]?b?)$/.exec(word) ?? [];
      if (number !== undefined) return String(Number(number) * UNITS[unit!]!);
      return word === 'slave' ? 'replica' : word;
    });
