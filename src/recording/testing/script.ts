/** Views, server logs and procedures of a synthetic drill. The log lines are Redis 7.0's own words. */

import type { Opinion } from '../../deployment/types.js';
import type { ProcedureRecord } from '../deeds.js';
import type { LogLine, Recording, ViewChange } from '../recording.js';
import { isolatedAcks, layout, nodes, type Story, shards } from './story.js';

const idOf = (name: string): string => nodes.find((n) => n.name === name)!.id;
const others = nodes.map((n) => n.name).filter((n) => n !== 'node-1');
const E = layout.effective;

function opinion(about: string, change: Partial<Opinion> = {}): Opinion {
  const info = nodes.find((n) => n.name === about)!;
  const epoch = info.shard;
  return info.role === 'primary'
    ? { about, role: 'primary', health: 'ok', epoch, slots: shards[info.shard - 1]!.slots, linked: true, ...change }
    : {
        about,
        role: 'replica',
        health: 'ok',
        primary: `node-${info.shard}`,
        epoch,
        slots: [],
        linked: true,
        ...change,
      };
}

const promotedNode4 = (): Opinion => {
  const { primary: _, ...rest } = opinion('node-4');
  return { ...rest, role: 'primary', epoch: 7, slots: shards[0]!.slots };
};
const failedNode1 = (): Opinion => opinion('node-1', { health: 'fail', slots: [], linked: false });
const demotedNode1 = (): Opinion => opinion('node-1', { role: 'replica', primary: 'node-4', epoch: 7, slots: [] });

export function views(story: Story): ViewChange[] {
  const out: ViewChange[] = [];
  const view = (at: number, node: string, rest: Partial<ViewChange>): void => {
    out.push({ t: E + at, since: E + at - 50, node, reachable: true, opinions: [], ...rest });
  };
  for (const { name } of nodes)
    view(-3900, name, {
      state: 'ok',
      currentEpoch: 6,
      runId: `${name}-run-1`,
      opinions: nodes.map((n) => opinion(n.name)),
    });
  const { target, kills, cuts } = story.fault;
  const peers = nodes.map((n) => n.name).filter((n) => n !== target);
  if (kills) view(30, target, { reachable: false });
  peers.forEach((n, i) => {
    view(story.suspected + i * 12, n, { opinions: [opinion(target, { health: 'pfail' })] });
    view(story.agreed + 15 + i * 3, n, {
      ...(story.scenario === 'replica' ? {} : { state: 'fail' as const }),
      opinions: [opinion(target, { health: 'fail', linked: false })],
    });
  });
  if (cuts) {
    view(isolatedAcks + 10, 'node-1', {
      state: 'fail',
      opinions: others.map((n) => opinion(n, { health: 'pfail', linked: false })),
    });
  }
  if (story.promoted !== undefined && story.served !== undefined) {
    view(story.promoted + 8, 'node-4', { state: 'ok', currentEpoch: 7, opinions: [promotedNode4(), failedNode1()] });
    for (const n of others.filter((o) => o !== 'node-4'))
      view(story.served - 4, n, { state: 'ok', currentEpoch: 7, opinions: [promotedNode4(), failedNode1()] });
  }
  const back = cuts ? (story.healed === undefined ? undefined : story.healed + 400) : story.restarted;
  if (back !== undefined) {
    if (story.scenario === 'replica') {
      view(back + 20, 'node-4', {
        state: 'ok',
        currentEpoch: 6,
        runId: 'node-4-run-2',
        opinions: nodes.map((n) => opinion(n.name)),
      });
      for (const n of peers) view(back + 150, n, { opinions: [opinion('node-4')] });
    } else {
      view(back + 20, 'node-1', {
        state: 'ok',
        currentEpoch: 7,
        ...(kills ? { runId: 'node-1-run-2' } : {}),
        opinions: [...others.map((n) => (n === 'node-4' ? promotedNode4() : opinion(n))), demotedNode1()],
      });
      for (const n of others) view(back + 150, n, { opinions: [demotedNode1()] });
    }
  }
  return out.sort((a, b) => a.t - b.t);
}

/** "1:S 12 Mar 2025 10:00:11.300 * Failover election won: I'm the new master." */
function line(at: number, role: 'M' | 'S', level: '*' | '#', text: string): LogLine {
  const when = new Date(layout.wallAtZero + E + at);
  const [day, month, year] = [when.getUTCDate(), when.toUTCString().slice(8, 11), when.getUTCFullYear()];
  return {
    t: E + at,
    text: `1:${role} ${String(day).padStart(2, '0')} ${month} ${year} ${when.toISOString().slice(11, 23)} ${level} ${text}`,
  };
}

export function logs(story: Story): Recording['logs'] {
  const out: Recording['logs'] = Object.fromEntries(nodes.map((n) => [n.name, [] as LogLine[]]));
  const log = (node: string, at: number, role: 'M' | 'S', text: string, level: '*' | '#' = '*'): void => {
    out[node]!.push(line(at, role, level, text));
  };
  const { target, kills, cuts } = story.fault;
  for (const n of nodes) log(n.name, -7500, n.role === 'primary' ? 'M' : 'S', 'Ready to accept connections');
  if (kills) {
    log(
      target,
      0,
      target === 'node-1' ? 'M' : 'S',
      '=== REDIS BUG REPORT START: Cut & paste starting from here ===',
      '#',
    );
    log(target, 1, target === 'node-1' ? 'M' : 'S', 'Redis 7.0.15 crashed by signal: 11, si_code: 1', '#');
    if (target === 'node-1') {
      log('node-4', 1, 'S', 'Connection with master lost.', '#');
      log('node-4', 2, 'S', 'Caching the disconnected master state.');
    } else log('node-1', 2, 'M', 'Connection with replica 172.20.0.5:6379 lost.', '#');
  }
  log('node-3', story.agreed, 'M', `Marking node ${idOf(target)} as failing (quorum reached).`);
  for (const n of nodes.map((x) => x.name).filter((x) => x !== target && x !== 'node-3'))
    log(
      n,
      story.agreed + 2,
      n < 'node-4' ? 'M' : 'S',
      `FAIL message received from ${idOf('node-3')} about ${idOf(target)}`,
    );
  if (story.scenario !== 'replica')
    for (const n of others) log(n, story.agreed + 3, n < 'node-4' ? 'M' : 'S', 'Cluster state changed: fail', '#');
  if (cuts) log('node-1', isolatedAcks, 'M', 'Cluster state changed: fail', '#');
  if (story.elected !== undefined) {
    log(
      'node-4',
      story.agreed + 90,
      'S',
      'Start of election delayed for 675 milliseconds (rank #0, offset 200120).',
      '#',
    );
    log('node-4', story.elected - 35, 'S', 'Starting a failover election for epoch 7.', '#');
    for (const n of ['node-2', 'node-3'])
      log(n, story.elected - 15, 'M', `Failover auth granted to ${idOf('node-4')} for epoch 7`, '#');
    log('node-4', story.elected, 'S', "Failover election won: I'm the new master.", '#');
    log('node-4', story.elected + 1, 'S', 'configEpoch set to 7 after successful failover', '#');
    log('node-4', story.elected + 2, 'M', 'Discarding previously cached master state.');
    for (const n of others) log(n, story.served! - 8, n < 'node-5' ? 'M' : 'S', 'Cluster state changed: ok', '#');
  }
  const back = cuts ? story.healed : story.restarted;
  if (back !== undefined) {
    if (kills) {
      log(target, back - 150, 'M', 'oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo', '#');
      log(target, back - 20, 'S', 'Ready to accept connections');
    }
    const source = target === 'node-1' ? 'node-4' : 'node-1';
    if (target === 'node-1')
      log(
        'node-1',
        back + 390,
        'M',
        `Configuration change detected. Reconfiguring myself as a replica of ${idOf('node-4')}`,
        '#',
      );
    log(target, back + 500, 'S', 'MASTER <-> REPLICA sync started');
    log(source, back + 600, 'M', 'Full resync requested by replica 172.20.0.2:6379');
    log(target, story.redundant! - 30, 'S', 'MASTER <-> REPLICA sync: Finished with success');
    log(source, story.redundant! - 10, 'M', 'Synchronization with replica 172.20.0.2:6379 succeeded');
    log(
      'node-2',
      back + 120,
      'M',
      `Clear FAIL state for node ${idOf(target)}: ${target === 'node-1' ? 'master without slots' : 'replica'} is reachable again.`,
    );
  }
  for (const lines of Object.values(out)) lines.sort((a, b) => a.t - b.t);
  return out;
}

export function procedures(story: Story): ProcedureRecord[] {
  const { target } = story.fault;
  if (story.restarted !== undefined) {
    const from = E + (story.served === undefined ? story.agreed + 60 : story.served + 50);
    return [
      {
        name: 'restart-node',
        summary: 'Start the crashed node again and let it rejoin',
        trigger: story.served === undefined ? 'node failed' : 'failover complete',
        startedAt: from,
        endedAt: E + story.restarted + 200,
        steps: [
          { at: from, took: 380, title: `Start the container of ${target}`, node: target, ok: true },
          {
            at: from + 400,
            took: E + story.restarted - from - 300,
            title: `${target} answers and its node id is the old one`,
            command: 'CLUSTER MYID',
            node: target,
            output: idOf(target),
            ok: true,
          },
        ],
        verdict: 'done',
      },
    ];
  }
  if (story.scenario === 'minority')
    return [
      {
        name: 'wait-for-heal',
        summary: 'Heal the network and wait until all nodes agree',
        trigger: 'at 12s',
        startedAt: E + story.healed!,
        endedAt: E + story.healed! + 700,
        steps: [
          { at: E + story.healed!, took: 190, title: 'Reconnect node-1 to its network', node: 'node-1', ok: true },
        ],
        verdict: 'done',
      },
    ];
  return [
    {
      name: 'restart-node',
      summary: 'Start the crashed node again and let it rejoin',
      trigger: 'failover complete',
      startedAt: E,
      steps: [],
      verdict: 'never started',
      message: 'the failover was not complete within 10 s',
    },
  ];
}
