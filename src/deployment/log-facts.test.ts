import { describe, expect, it } from 'vitest';
import { factIn } from './log-facts.js';

const id = 'a2889b0c93c75afe9e18d7df660b41cb3c3d08e6';

describe('server log lines', () => {
  it.each([
    // Redis 6.0 to 7.2
    [`Marking node ${id} as failing (quorum reached).`, 'failed'],
    [`FAIL message received from ${id} about ${id}`, 'failed'],
    ['Start of election delayed for 663 milliseconds (rank #0, offset 1362).', 'delayed'],
    ['Starting a failover election for epoch 7.', 'election'],
    ["Failover election won: I'm the new master.", 'elected'],
    ['Failover attempt expired.', 'expired'],
    [`Failover auth granted to ${id} for epoch 7`, 'vote'],
    ['Taking over the master (user request).', 'promoted'],
    [`Configuration change detected. Reconfiguring myself as a replica of ${id}`, 'demoted'],
    ['Cluster state changed: fail', 'state'],
    ['MASTER <-> SLAVE sync started', 'sync'],
    ['MASTER <-> REPLICA sync: Finished with success', 'sync'],
    ['Synchronization with slave 10.0.0.2:6379 succeeded', 'sync'],
    [`Clear FAIL state for node ${id}: replica is reachable again.`, 'cleared'],
    ['Redis 6.0.16 crashed by signal: 11', 'crash'],
    ['Ready to accept connections', 'start'],
    ['User requested shutdown...', 'stop'],
    [`Manual failover requested by replica ${id}.`, 'manual'],
    // Redis 7.4 and later, Valkey
    [`*** NODE ${id} possibly failing`, 'suspected'],
    [`NODE ${id} (node-1) possibly failing.`, 'suspected'],
    [`Marking node ${id} (node-1) as failing (quorum reached).`, 'failed'],
    [`FAIL message received from ${id} (node-3) about ${id} (node-1)`, 'failed'],
    ['Start of election delayed for 68 milliseconds (rank #1, primary rank #0, offset 1362).', 'delayed'],
    ["Failover election won: I'm the new primary.", 'elected'],
    [`Setting myself to primary in shard ${id} after failover; my old primary is ${id} (node-1)`, 'promoted'],
    [
      `Configuration change detected. Reconfiguring myself as a replica of node ${id} (node-4) in shard ${id}`,
      'demoted',
    ],
    ['PRIMARY <-> REPLICA sync: Finished with success', 'sync'],
    ["Manual failover user request accepted (user request from 'id=7').", 'manual'],
    ['Valkey 8.1.1 crashed by signal: 11, si_code: 1', 'crash'],
    ['Ready to accept connections tcp', 'start'],
    // Sentinels: an attempt to fail over is one election, however far it gets.
    ['+try-failover master redrill 10.0.0.2 6379', 'election'],
    ['+elected-leader master redrill 10.0.0.2 6379', 'elected'],
    ['+selected-slave slave 10.0.0.3:6379 10.0.0.3 6379 @ redrill 10.0.0.2 6379', 'selected'],
    ['+promoted-slave slave 10.0.0.3:6379 10.0.0.3 6379 @ redrill 10.0.0.2 6379', 'selected'],
    ['-failover-abort-slave-timeout master redrill 10.0.0.2 6379', 'expired'],
  ])('%s', (text, kind) => {
    expect(factIn(`1:S 12 Mar 2025 10:00:11.300 * ${text}`)).toMatchObject({ kind, text });
  });

  it('tells the drawn delay, the rank and the node', () => {
    expect(factIn('Start of election delayed for 663 milliseconds (rank #2, offset 1).')?.numbers).toEqual({
      delay: 663,
      rank: 2,
    });
    expect(factIn(`FAIL message received from ${'b'.repeat(40)} about ${id}`)?.id).toBe(id);
  });

  it('passes over everything else', () => {
    for (const text of ['', 'DB 0: 12 keys (0 volatile)', '------ STACK TRACE ------', 'Cluster state changed: odd'])
      expect(factIn(text)).toBeUndefined();
  });
});
