/** On what it ran, what a reader must know about it, and how to run it again. */

import { formatDuration, formatSize, plural } from '../../core/units.js';
import { traitsOf } from '../../deployment/kinds.js';
import { watches } from '../../deployment/roles.js';
import type { Settings } from '../../deployment/types.js';
import { serverText } from '../format.js';
import type { ReportInput } from '../types.js';
import { Copy, Fold, Section } from './parts.js';

/** Of a run that did not get that far nothing is told. */
const known = (value: string, name: string): [string, string][] =>
  value === '' || value === 'unknown' ? [] : [[name, value]];

function topologyText(t: ReportInput['recording']['topology']): string {
  if (t.nodes.length === 0) return `${t.kind}: no node was started`;
  const replicas = plural(t.replicasPerShard, 'replica');
  const uneven = t.replicasByShard && `${t.replicasByShard.join(', ')} replicas`;
  if (traitsOf(t.kind).hasSlots)
    return `${t.kind}: ${plural(t.shards.length, 'shard')} with ${uneven ?? `${replicas}${t.shards.length > 1 ? ' each' : ''}`}, node timeout ${formatDuration(t.nodeTimeout)}, full coverage ${t.fullCoverage ? 'required' : 'not required'}`;
  const { sentinels: s } = t;
  const guard = s
    ? `, ${plural(s.count, 'sentinel')} with quorum ${s.quorum}, down after ${formatDuration(s.downAfter)}, failover timeout ${formatDuration(s.failoverTimeout)}`
    : ', nobody who decides';
  return `${t.kind}: a primary with ${replicas}${guard}`;
}

export function Environment({ recording, result }: ReportInput) {
  const { environment: e, topology: t, workload: w } = recording;
  const mixed = t.nodes.some((n) => n.server);
  const rows: [string, string][] = [
    ['server', serverText(result)],
    ['image', `${e.image.name}, ${e.image.origin}`],
    ...known(e.image.id, 'image id'),
    ['topology', topologyText(t)],
    ...safetyRows(t),
    ...zoneRows(t),
    [
      'load',
      w.kind === 'none'
        ? 'none'
        : `${w.kind}, ${w.clients} clients, ${Math.round(w.rate)} operations per second, ${w.waitReplicas > 0 ? `WAIT ${w.waitReplicas}` : 'no WAIT'}`,
    ],
    ...(w.probeEvery > 0 ? known(`every ${w.probeEvery} ms; nodes read every ${w.observeEvery} ms`, 'probes') : []),
    ...known(e.engine, 'engine'),
    ...known(e.kernel, 'kernel'),
    ['machine', e.cpus > 0 ? `${e.host}: ${e.cpus} CPUs, ${formatSize(e.memory)}` : e.host],
    [
      'harness',
      `redrill ${e.redrill}, Node ${e.node}, connections ${e.connect}; event loop late by ${recording.eventLoop.p99.toFixed(1)} ms (p99), ${recording.eventLoop.max.toFixed(1)} ms at most${recording.eventLoop.cpu === undefined ? '' : `; ${Math.round(recording.eventLoop.cpu * 100)} % of a core used`}`,
    ],
    ['run', result.runId],
  ];
  return (
    <Section id="environment" title="Environment">
      <dl class="facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Fold summary="Nodes and configuration">
        <table class="plain">
          <thead>
            <tr>
              <th>Node</th>
              <th class="number">Shard</th>
              <th>Began as</th>
              <th>Zone</th>
              {mixed && <th>Began with</th>}
              <th>Address</th>
              <th>Node id</th>
            </tr>
          </thead>
          <tbody>
            {t.nodes.map((n) => (
              <tr key={n.name}>
                <td>{n.name}</td>
                <td class="number">{watches(n) ? '' : n.shard || ''}</td>
                <td>{n.role}</td>
                <td>{n.zone ?? ''}</td>
                {mixed && <td>{n.server ? `${n.server.product} ${n.server.version}` : ''}</td>}
                <td>
                  <code>{n.address}</code>
                </td>
                <td>
                  <code>{n.id}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <pre>{settingLines(t).join('\n')}</pre>
      </Fold>
    </Section>
  );
}

/** What the scenario set: for all servers, for sentinels, and for single nodes. */
function settingLines({ config, sentinels, nodes }: ReportInput['recording']['topology']): string[] {
  const lines = (settings: Settings, of = ''): string[] =>
    Object.entries(settings).flatMap(([key, value]) =>
      [value].flat().map((line) => `${of}${key} ${secret.test(key) ? '(hidden)' : line || '""'}`),
    );
  return [
    ...lines(config),
    ...lines(sentinels?.config ?? {}, 'sentinels: '),
    ...nodes.flatMap((node) => lines(node.config ?? {}, `${node.name}: `)),
  ];
}

/** What decides how much can be lost: on disk, on replicas, in memory. Asked of a server; what nobody set is its default. */
function safetyRows({
  kind,
  nodes,
  settings: s,
  limits,
  persistence,
}: ReportInput['recording']['topology']): [string, string][] {
  if (!s) return nodes.length === 0 ? [] : [['persistence', 'not known of this recording']];
  const told = (...names: string[]): string =>
    names.flatMap((name) => (s[name] === undefined ? [] : [`${name} ${s[name] === '' ? '""' : s[name]}`])).join(', ');
  const own = [
    limits?.memory !== undefined && `memory ${formatSize(limits.memory)}`,
    limits?.cpus !== undefined && `${limits.cpus} CPUs`,
    limits?.disk !== undefined && `disk ${formatSize(limits.disk)}`,
  ].filter(Boolean);
  return [
    [
      'persistence',
      `${persistence ?? ''}: ${told('save', 'appendonly', ...(s.appendonly === 'yes' ? ['appendfsync', 'no-appendfsync-on-rewrite'] : []), 'stop-writes-on-bgsave-error', 'shutdown-on-sigterm')}`,
    ],
    [
      'replication',
      told(
        'min-replicas-to-write',
        'min-replicas-max-lag',
        'repl-backlog-size',
        'repl-backlog-ttl',
        'repl-timeout',
        'repl-diskless-sync',
        'replica-priority',
        ...(traitsOf(kind).hasSlots ? ['cluster-replica-validity-factor'] : []),
      ),
    ],
    ['memory', told('maxmemory', 'maxmemory-policy')],
    ['each node may use', own.length > 0 ? own.join(', ') : 'what the machine has'],
  ];
}

function zoneRows({ zones, nodes }: ReportInput['recording']['topology']): [string, string][] {
  if (!zones) return [];
  const size = (zone: string): string => plural(nodes.filter((n) => n.zone === zone).length, 'node');
  const where = zones.clients === undefined ? '' : `; clients in ${zones.clients}`;
  const by = zones.by === undefined ? '' : ` (by ${zones.by})`;
  return [
    ['zones', `${zones.names.map((zone) => `${zone} (${size(zone)})`).join(', ')}${where}`],
    ...(zones.links.length > 0 ? [['links', `${zones.links.join('; ')}${by}`] as [string, string]] : []),
  ];
}

// The engine keeps passwords out of recordings; a config line typed into a scenario may still hold one.
const secret = /pass|auth|secret/i;

export const Warnings = ({ result }: ReportInput) =>
  result.warnings.length === 0 ? null : (
    <Section id="warnings" title="Warnings">
      <ul class="warnings">
        {result.warnings.map((w) => (
          <li key={w}>{w}</li>
        ))}
      </ul>
    </Section>
  );

export const Reproduce = ({ result, note }: ReportInput & { note: string }) => (
  <Section id="reproduce" title="Reproduce">
    <div class="reproduce">
      <code id="command">{result.reproduce.command}</code>
      <Copy from="command" />
    </div>
    <p class="sub">
      The same seed gives the same targets, times and keys.
      {result.environment.image.id !== '' && (
        <>
          {' '}
          Image: <code>{result.environment.image.id}</code>
        </>
      )}
    </p>
    <div class="incident">
      <Fold summary="Incident note in Markdown">
        <pre id="note">{note}</pre>
      </Fold>
      <Copy from="note" label="Copy as incident note" />
    </div>
  </Section>
);
