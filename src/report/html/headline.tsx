/** The first screen's answer: did we pass, by how much, on what. */
import { formatDuration, plural } from '../../core/units.js';
import { serverText } from '../format.js';
import type { ReportInput, StageResult } from '../types.js';
import { zoneNames } from './lanes.js';
import { Copy, Mark } from './parts.js';
import { wallText } from './view.js';

export function Headline({ recording, result }: ReportInput) {
  const { scenario } = result;
  return (
    <header class="headline">
      <p class="eyebrow">
        <span class="brand">redrill</span>
        <span>{scenario.title}</span>
      </p>
      <Mark of={result.verdict} big />
      <h1 id="sentence">{unbroken(result.sentence)}</h1>
      <p class="meta">
        <span>{wallText(recording.clock.wallAtZero).replace(/\.\d+/, '')}</span>
        <span>{formatDuration(result.durationMs)} in all</span>
        <span>{serverText(result)}</span>
        {recording.topology.nodes.length > 0 && <span>{sizeOf(recording.topology)}</span>}
        {scenario.severity && <span>severity {scenario.severity}</span>}
        {scenario.handbook.length > 0 && <span>handbook {scenario.handbook.join(', ')}</span>}
        <span>
          seed <code>{result.seed}</code>
        </span>
        <Copy from="sentence" label="Copy sentence" />
      </p>
      {scenario.description && <p class="description">{scenario.description}</p>}
      <Stages stages={result.stages} />
    </header>
  );
}

function sizeOf({ nodes, shards }: ReportInput['recording']['topology']): string {
  const zones = zoneNames(nodes).filter((zone) => zone !== undefined);
  const parts = [plural(nodes.length, 'node'), plural(shards.length, 'shard')];
  return [...parts, ...(zones.length > 0 ? [plural(zones.length, 'zone')] : [])].join(', ');
}

/** A number stays on one line with its unit; the copy button puts plain spaces back. */
const unbroken = (text: string): string =>
  text.replace(/(\d) (?=(?:%|s|ms|min|of)\b|%)/g, '$1\u00a0').replace(/(\w)-(?=\d)/g, '$1\u2011');

/** The fixed cases as a track: where a run that did not get far stopped is seen at once. */
const Stages = ({ stages }: { stages: StageResult[] }) => (
  <>
    <ol class="stages">
      {stages.map((s) => (
        <li key={s.name} class={s.outcome} title={s.message}>
          <Mark of={s.outcome} />
          <span class="stage-name">{s.name}</span>
          <span class="stage-time">
            {s.ms > 0 ? formatDuration(s.ms) : s.outcome === 'skipped' ? s.message.split(':')[0] : ' '}
          </span>
        </li>
      ))}
    </ol>
    {stages
      .filter((s) => s.outcome === 'error' || s.outcome === 'fail')
      .map((s) => (
        <p key={s.name} class={`trouble ${s.outcome}`}>
          <strong>{s.name}</strong> {s.message}
        </p>
      ))}
  </>
);
