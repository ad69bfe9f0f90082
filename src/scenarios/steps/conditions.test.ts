import { describe, expect, it } from 'vitest';
import { type Condition, parseCondition } from './conditions.js';

describe('a state', () => {
  it.each<[string, Condition]>([
    ['node-4 is primary', { is: 'role', who: 'node-4', role: 'primary', not: false }],
    ['replica of shard 1 is not replica', { is: 'role', who: 'replica of shard 1', role: 'replica', not: true }],
    ['primary of shard 1 is node-4', { is: 'same', who: 'primary of shard 1', as: 'node-4', not: false }],
    ['primary of shard 1 is not ${old}', { is: 'same', who: 'primary of shard 1', as: '${old}', not: true }],
    ['node-5 is replica of shard 2', { is: 'same', who: 'node-5', as: 'replica of shard 2', not: false }],
    ['node-1 is replica of node-4', { is: 'replica of', who: 'node-1', of: 'node-4', not: false }],
    ['${old} is replica of ${new}', { is: 'replica of', who: '${old}', of: '${new}', not: false }],
    ['node-3 does not answer', { is: 'answering', who: 'node-3', not: true }],
    ['all is in sync', { is: 'in sync', who: 'all', not: false }],
    ['node-1 is failed', { is: 'flagged', who: 'node-1', flag: 'failed', not: false }],
    ['cluster fail on node-2', { is: 'state', state: 'fail', on: 'node-2' }],
    ['cluster ok', { is: 'state', state: 'ok' }],
    ['shard 2 does not serve', { is: 'serving', shard: 2, not: true }],
    ['shard 2 has 1 replica', { is: 'replicas', who: 'shard 2', operator: '==', count: 1 }],
    ['node-5 has >= 2 replicas', { is: 'replicas', who: 'node-5', operator: '>=', count: 2 }],
    ['slot 42 migrating', { is: 'slot', slot: 42, what: 'migrating', not: false }],
    ['slot 7 is not moved', { is: 'slot', slot: 7, what: 'moved', not: true }],
    ['nodes disagree', { is: 'agreement', not: true }],
    ['${a} > 100', { is: 'compared', left: '${a}', operator: '>', right: '100' }],
    ['${a} != x', { is: 'compared', left: '${a}', operator: '!=', right: 'x' }],
  ])('%s is understood', (text, condition) => {
    expect(parseCondition(text)).toEqual(condition);
  });

  it('that chance would decide, or that compares nothing, is refused', () => {
    expect(() => parseCondition('minority is primary')).toThrow('"minority" is drawn by chance');
    expect(() => parseCondition('one answers')).toThrow('"one" is drawn by chance');
    expect(() => parseCondition('node-4 is primry')).toThrow('"primry" is not a target. Did you mean "primary"?');
    expect(() => parseCondition('3 > 2')).toThrow('compares no saved value');
    expect(() => parseCondition('${a} > x')).toThrow('"x" is not a number');
    expect(parseCondition('full moon')).toBeUndefined();
  });
});
