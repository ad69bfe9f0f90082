import { describe, expect, it } from 'vitest';
import { inputOf } from '../testing/inputs.js';
import { laneGroups } from './lanes.js';

const FROM = 4000;
const TO = 23_000;
const lane = (scenario: Parameters<typeof inputOf>[0], group: string, name: string) =>
  laneGroups(inputOf(scenario), FROM, TO)
    .find((g) => g.title === group)!
    .lanes.find((l) => l.name === name)!
    .stretches.map((s) => [s.state, s.from, s.to] as const);

const nodeGroups = (scenario: Parameters<typeof inputOf>[0]) =>
  laneGroups(inputOf(scenario), FROM, TO).filter(({ title }) => title.startsWith('Zone'));

describe('swim lanes', () => {
  it('turn a crashed node down at the moment of the crash, not at the next poll', () => {
    const stretches = lane('segfault', 'Zone a', 'node-1');
    expect(stretches.map(([state]) => state)).toEqual(['primary', 'down', 'syncing', 'replica']);
    expect(stretches[1]![1]).toBe(8000);
  });

  it('show an isolated primary as cut off until it is healed', () => {
    expect(lane('minority', 'Zone a', 'node-1').map(([state]) => state)).toEqual([
      'primary',
      'cut-off',
      'primary',
      'syncing',
      'replica',
    ]);
  });

  it('leave no gap between the states of a node', () => {
    for (const scenario of ['segfault', 'minority', 'never', 'replica'] as const)
      for (const { stretches } of nodeGroups(scenario).flatMap(({ lanes }) => lanes))
        for (const [i, s] of stretches.entries()) if (i > 0) expect(s.from).toBe(stretches[i - 1]!.to);
  });

  it('stand under their zone, and all together where there are none', () => {
    expect(nodeGroups('segfault').map(({ title, lanes }) => [title, ...lanes.map(({ name }) => name)])).toEqual([
      ['Zone a', 'node-1', 'node-6'],
      ['Zone b', 'node-4', 'node-2'],
      ['Zone c', 'node-5', 'node-3'],
    ]);
    const input = inputOf('segfault');
    for (const node of input.recording.topology.nodes) delete node.zone;
    expect(laneGroups(input, FROM, TO).at(-1)).toMatchObject({ title: 'Nodes', lanes: { length: 6 } });
  });

  it('end a crash that nobody healed when its target is back', () => {
    const [[, from, to]] = lane('segfault', 'Faults', 'segfault') as [readonly [string, number, number]];
    expect([from, Math.round(to / 100)]).toEqual([8000, 130]);
    expect(lane('never', 'Faults', 'segfault')[0]![2]).toBeGreaterThan(22_000);
  });

  it('show service only as long as somebody probed', () => {
    const [[state, from, to]] = lane('replica', 'Writes served', 'shard 1') as [readonly [string, number, number]];
    expect(state).toBe('served');
    expect([Math.floor(from / 100), Math.floor(to / 100)]).toEqual([40, 219]);
  });

  it('draw an outage that did not end to the end', () => {
    expect(lane('never', 'Writes served', 'shard 1')).toContainEqual(['outage', 8000, TO]);
  });
});
