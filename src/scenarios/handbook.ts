/**
 * The failure handbook that redrill grew out of, heading by heading, and what implements each: what names the section in a
 * registry or in the catalogue, and (`also`) what is no entry of either. Its list of failures (2.1) is mapped bullet by bullet.
 */
import { describeFaults, describeObjectives, describeProcedures } from './describe-registry.js';
import type { Scenario, ScenarioEntry } from './types.js';

interface Bullet {
  text: string;
  /** Faults that are this failure, or, with target words, become it. */
  faults: readonly string[];
  /** Where the failure is not one fault but several at once, or a matter of the target. */
  how?: string;
}

export interface Section {
  number: string;
  title: string;
  also?: string;
  bullets?: readonly Bullet[];
}

export const sections: readonly Section[] = [
  {
    number: '1',
    title: 'Overview: find, restore, contain, prevent',
    also: 'the flow of a drill: [Architecture](architecture.md)',
  },
  { number: '2', title: 'Classes of failures', also: '[Faults](faults.md), by class' },
  { number: '2.1', title: 'Kinds of failures', also: 'the sections below' },
  {
    number: '2.1.1',
    title: 'Node failures',
    bullets: [
      { text: 'primary: down', faults: ['segfault', 'kill', 'stop', 'restart', 'crash-loop', 'oom-kill'] },
      { text: 'primary: does not answer', faults: ['pause', 'hang', 'stall-clients'] },
      { text: 'primary: abnormally slow', faults: ['slow-node', 'throttle-cpu', 'stall-fork'] },
      {
        text: 'replica: replication broken',
        faults: ['cut-replication', 'break-replication-link', 'break-replication-auth', 'misdirect-replica'],
      },
      { text: 'replica: down', faults: ['segfault', 'kill', 'restart'], how: 'with a replica as target' },
      { text: 'replica: data differs', faults: ['diverge-replica', 'lag-replica'] },
    ],
  },
  {
    number: '2.1.2',
    title: 'Network failures',
    bullets: [
      { text: 'partition: links between nodes are cut', faults: ['isolate', 'split', 'cut-one-way', 'cut-bus'] },
      { text: 'partition: some nodes can not communicate', faults: ['cut-link'] },
      { text: 'partition: between regions', faults: ['split', 'cut-link'], how: 'with zones: `groups: [[zone eu]]`' },
      { text: 'latency: it grows', faults: ['latency'] },
      { text: 'latency: jitter', faults: ['jitter', 'loss', 'reorder', 'duplicate'] },
      { text: 'latency: too little bandwidth', faults: ['bandwidth'] },
    ],
  },
  {
    number: '2.1.3',
    title: 'Data failures',
    bullets: [
      {
        text: 'loss: RDB or AOF file damaged',
        faults: ['corrupt-rdb', 'truncate-aof', 'corrupt-aof', 'lose-aof-manifest'],
      },
      { text: 'loss: deleted by mistake', faults: ['flushall', 'delete-keys'] },
      { text: 'loss: overwritten', faults: ['overwrite-keys'] },
      { text: 'inconsistent: primary and replica', faults: ['diverge-replica', 'lag-replica', 'promote-replica'] },
      {
        text: 'inconsistent: between regions',
        faults: ['kill', 'split'],
        how: 'with `zone eu` as target: what had not reached the replica in another region is lost or differs',
      },
      {
        text: 'inconsistent: slots',
        faults: ['abort-migration', 'abort-atomic-migration', 'unown-slot', 'conflict-slot', 'stray-keys'],
      },
    ],
  },
  {
    number: '2.1.4',
    title: 'Performance failures',
    bullets: [
      { text: 'slower: fewer operations a second', faults: ['saturate-cpu', 'throttle-cpu'] },
      { text: 'slower: more latency', faults: ['slow-commands', 'slow-node', 'latency'] },
      { text: 'slower: less throughput', faults: ['bandwidth', 'full-resync-storm'] },
      { text: 'exhausted: memory', faults: ['fill-memory', 'fill-client-buffers', 'fragment-memory', 'oom-kill'] },
      { text: 'exhausted: CPU', faults: ['saturate-cpu', 'throttle-cpu'] },
      { text: 'exhausted: connections', faults: ['exhaust-connections'] },
    ],
  },
  {
    number: '2.2',
    title: 'Severity',
    also: '`severity` of a scenario, P0 to P3: [Scenario files](scenarios.md#top-level-keys)',
  },
  {
    number: '2.3',
    title: 'Scope',
    also: 'target words, from one node to a zone: [Targets](scenarios.md#targets); affected shards in the report',
  },
  { number: '3', title: 'Detection', also: 'observers, probes and server logs: [Measuring](measuring.md)' },
  {
    number: '3.1',
    title: 'Automatic detection',
    also: 'the phases `suspected` and `agreed`, measured and compared with the servers’ rules',
  },
  { number: '3.1.1', title: 'Sentinel', also: 'topologies of kind `sentinel`; observers ask every sentinel' },
  { number: '3.1.2', title: 'Cluster', also: 'observers ask every node; the majority decides' },
  { number: '3.2', title: 'Manual detection', also: 'the final check of every drill' },
  {
    number: '3.2.1',
    title: 'State of the cluster',
    also: '`nodes_agree` and `slots_covered`: every node is asked, not one',
  },
  {
    number: '3.2.2',
    title: 'Health of a node',
    also: 'what the observers record of each node: reachable, role, offset, link, memory',
  },
  { number: '3.3', title: 'Diagnosis tools', also: 'timeline, lanes and causes of losses in the [report](reports.md)' },
  { number: '4', title: 'Handling', also: 'the flow of a drill' },
  { number: '4.1', title: 'Response', also: '`recovery` of a scenario: who acts, when, on which event' },
  { number: '4.2', title: 'Steps', also: 'the steps of each procedure are logged with command, duration and output' },
  {
    number: '4.2.1',
    title: 'Notice and confirm',
    also: 'a fault has to prove its effect: [Taking effect](faults.md#taking-effect)',
  },
  {
    number: '4.2.2',
    title: 'Locate',
    also: 'affected shards and nodes, and the answers that probes got, in the report',
  },
  { number: '4.2.3', title: 'Handle', also: '[Procedures](procedures.md)' },
  { number: '4.2.4', title: 'Verify' },
  { number: '4.3', title: 'Verify the recovery', also: 'as 4.2.4' },
  { number: '5', title: 'Common failures', also: 'the sections below' },
  { number: '5.1', title: 'Primary failure', also: 'the sections below' },
  { number: '5.1.1', title: 'Automatic failover' },
  { number: '5.1.2', title: 'Manual failover' },
  { number: '5.1.3', title: 'Bring a primary back' },
  { number: '5.2', title: 'Replica failure' },
  { number: '5.3', title: 'Network partition' },
  {
    number: '5.3.1',
    title: 'Detect a partition',
    also: 'links as every node sees them; split brain is told by node and shard',
  },
  { number: '5.3.2', title: 'Handle a partition' },
  { number: '5.4', title: 'Inconsistent data' },
  { number: '5.5', title: 'Degraded performance' },
  { number: '5.6', title: 'Out of memory' },
  { number: '5.7', title: 'Failed slot migration' },
  { number: '6', title: 'Large clusters', also: 'up to 100 shards on one machine' },
  { number: '6.1', title: 'Several nodes at once' },
  { number: '6.2', title: 'A region' },
  { number: '6.3', title: 'Several clouds' },
  { number: '7', title: 'Prevention', also: 'drills on a schedule and in [CI](ci.md)' },
  { number: '7.1', title: 'Measures', also: 'steady state before each fault; limits that an objective holds' },
  { number: '7.2', title: 'Drills' },
  {
    number: '7.3',
    title: 'Monitoring and alarms',
    also: '`when: suspected`, `when: failed`, `when: log matches /…/` act on what an alarm would see',
  },
  { number: '8', title: 'Review', also: 'the [report](reports.md) and `summary.md`' },
  { number: '8.1', title: 'How to review', also: 'the timeline, line by line, each with its witness' },
  {
    number: '8.2',
    title: 'Root cause',
    also: 'the cause of each lost write; phases out of their predicted range are flagged',
  },
  { number: '8.3', title: 'Improvements', also: 'margins against the budget, run after run: `reports/history.jsonl`' },
  { number: '9', title: 'Tools', also: '`redrill` itself' },
  { number: '9.1', title: 'Automated handling', also: '[Procedures](procedures.md) in the `recovery` of a scenario' },
  {
    number: '9.2',
    title: 'Diagnosis',
    also: '`redrill report`, `redrill judge` and `result.json`: [Reports](reports.md)',
  },
];

export interface Mapped extends Section {
  faults: string[];
  procedures: string[];
  objectives: string[];
  scenarios: Scenario[];
}

/** Every section with what names it. Of a matrix the first scenario stands for all. */
export function mapHandbook(catalogue: readonly Scenario[]): Mapped[] {
  const registered = [describeFaults(), describeProcedures(), describeObjectives()] as const;
  const first = [...new Map([...catalogue].reverse().map((scenario) => [scenario.file, scenario])).values()].reverse();
  return sections.map((section) => {
    const [faults, procedures, objectives] = registered.map((items) =>
      items.filter(({ handbook }) => handbook.includes(section.number)).map(({ name }) => name),
    ) as [string[], string[], string[]];
    const scenarios = first.filter(({ handbook }) => handbook.includes(section.number));
    return { ...section, faults, procedures, objectives, scenarios };
  });
}

/** Drills in which a fault is injected. */
export const drillsWith = (fault: string, catalogue: readonly Scenario[]): Scenario[] =>
  catalogue.filter(({ timeline, recovery }) => injects([...timeline, ...recovery], fault));

/** Also where it stands among steps, or is one of several to choose from. */
const injects = (entries: readonly ScenarioEntry[], fault: string): boolean =>
  entries.some((entry) => {
    if (entry.kind === 'fault') return entry.type === fault;
    if (entry.kind === 'steps') return injects(entry.steps, fault);
    return entry.kind === 'choose' && injects(entry.options, fault);
  });
