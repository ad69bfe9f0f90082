import { describe, expect, it } from 'vitest';
import type { ManagedNode } from '../topology/types.js';
import { reversible } from './undo.js';

const [a, b] = [{ name: 'a' }, { name: 'b' }] as [ManagedNode, ManagedNode];

describe('what is undone step by step', () => {
  it('is undone on one node, the last step first, where each step is of a node', async () => {
    const undone: string[] = [];
    const step = (name: string) => async () => void undone.push(name);
    const { apart, heal } = await reversible(async (_undo, on) => {
      for (const node of [a, b]) for (const n of [1, 2]) on(node)(step(`${node.name}${n}`));
      return {};
    });
    await apart!.get('a')!();
    expect(undone.splice(0)).toEqual(['a2', 'a1']);
    await heal();
    expect(undone).toEqual(['b2', 'b1', 'a2', 'a1']);
  });

  it('can only be undone as a whole where a step is of all of them', async () => {
    const { apart } = await reversible(async (undo, on) => {
      on(a)(async () => undefined);
      undo(async () => undefined);
      return {};
    });
    expect(apart).toBeUndefined();
  });

  it('is undone when a later step fails', async () => {
    const undone: string[] = [];
    const failing = reversible(async (_undo, on) => {
      on(a)(async () => void undone.push('a'));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(undone).toEqual(['a']);
  });
});
