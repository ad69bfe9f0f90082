import { expect, test } from 'vitest';
import type { NodeView, PeerView } from '../deployment/types.js';
import { unreachable } from '../deployment/views.js';
import type { Endpoint } from '../server/types.js';
import { startRecorder } from './recorder.js';

const nodes = ['node-1', 'node-2', 'node-3'].map((name, index) => ({ name, index })) as Endpoint[];
const peer = (over: Partial<PeerView> = {}): PeerView => ({
  role: 'primary',
  health: 'ok',
  epoch: 1,
  slots: [[0, 9]],
  open: [],
  linked: true,
  ...over,
});
const replica = (over: Partial<PeerView> = {}): PeerView => peer({ role: 'replica', slots: [], ...over });
const view = (t: number, tableAt: number, peers: NodeView['peers']): NodeView => ({
  ...unreachable('node-1', t),
  reachable: true,
  role: 'primary',
  state: 'ok',
  runId: 'r',
  tableAt,
  peers,
});

const healthy = new Map([
  ['node-2', peer()],
  ['node-3', replica()],
]);

test('what does not change is written once', () => {
  const recorder = startRecorder(nodes);
  recorder.look(view(50, 50, healthy), 0);
  recorder.look(view(100, 50, healthy), 50);
  recorder.look(view(150, 150, new Map(healthy)), 100);
  expect(recorder.views.map(({ t }) => t)).toEqual([50]);
  expect(recorder.samples.length).toBe(3);
});

// Looks at 100 and 150 were glances: the node's summary, which says nothing of replicas and links, was as before.
test('what a glance would have shown came about since the last look, anything else since the last table', () => {
  const recorder = startRecorder(nodes);
  recorder.look(view(50, 50, healthy), 0);
  recorder.look(view(100, 50, healthy), 50);
  recorder.look(view(150, 50, healthy), 100);
  const worse = new Map([
    ['node-2', peer({ health: 'pfail' })],
    ['node-3', replica({ health: 'pfail' })],
  ]);
  recorder.look(view(200, 200, worse), 150);
  const changes = recorder.views.slice(1).map(({ t, since, opinions }) => [t, since, opinions.map((o) => o.about)]);
  expect(changes).toEqual([
    [200, 50, ['node-3']],
    [200, 150, ['node-2']],
  ]);
});

test('where every look is a whole one everything came about since the last look, in one record', () => {
  const recorder = startRecorder(nodes);
  recorder.look(view(50, 50, healthy), 0);
  const worse = new Map([
    ['node-2', peer({ health: 'fail' })],
    ['node-3', replica({ linked: false })],
  ]);
  recorder.look(view(100, 100, worse), 50);
  expect(recorder.views.slice(1).map(({ since, opinions }) => [since, opinions.length])).toEqual([[50, 2]]);
});
