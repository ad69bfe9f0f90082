/** What the scenario asked of the servers by itself: commands, expectations, and what came of them. */
import { harmless } from '../../core/harmless.js';
import { formatDuration, plural } from '../../core/units.js';
import type { StepRecord } from '../../recording/deeds.js';
import type { ReportInput } from '../types.js';
import { Output } from './log.js';
import { Mark, Moment, Section } from './parts.js';
import type { View } from './view.js';

export function Steps({ input, view }: { input: ReportInput; view: View }) {
  const { steps = [] } = input.recording;
  if (steps.length === 0) return null;
  const entries = [...new Set(steps.map((s) => s.entry))];
  return (
    <Section id="steps" title="Steps" note="What the scenario did and expected by itself, each sequence in its order.">
      {entries.map((entry) => (
        <Entry key={entry} entry={entry} steps={steps.filter((s) => s.entry === entry)} view={view} />
      ))}
    </Section>
  );
}

const outcome = { met: 'pass', 'not met': 'fail', unknown: 'inconclusive', 'not reached': 'skipped' } as const;
const sign = { met: '✓', 'not met': '✕ not met', unknown: '? unknown', 'not reached': '– not reached' } as const;

function Entry({ entry, steps, view }: { entry: string; steps: StepRecord[]; view: View }) {
  const deciding = steps.filter((s) => !s.optional);
  const worst = (['not met', 'unknown', 'not reached'] as const).find((v) => deciding.some((s) => s.verdict === v));
  return (
    <article>
      <h3>
        <Mark of={outcome[worst ?? 'met']} /> {entry}
        <span class="took">{plural(steps.length, 'step')}</span>
      </h3>
      <ol class="steps">
        {steps.map((s) => (
          <Step key={s.id} step={s} view={view} />
        ))}
      </ol>
    </article>
  );
}

const Step = ({ step: s, view }: { step: StepRecord; view: View }) => (
  <li class={s.verdict === 'met' ? 'pass' : s.verdict === 'not met' && !s.optional ? 'fail' : ''}>
    {s.startedAt === undefined ? <span class="moment" /> : <Moment at={s.startedAt} view={view} />}
    <span class="step-mark">{sign[s.verdict]}</span>
    <div class="step">
      <code class="command">{harmless(s.title)}</code>
      {s.nodes.map((node) => (
        <span key={node} class="tag">
          {node}
        </span>
      ))}
      {s.optional && <span class="tag">optional</span>}
      {s.expected && s.kind === 'run' && <span class="sub">expected: {harmless(s.expected)}</span>}
      {s.seen && <Output text={harmless(s.seen)} open={false} />}
      {s.why && <p class={`trouble ${outcome[s.verdict]}`}>{harmless(s.why)}</p>}
      {s.attempts > 1 && s.kind === 'run' && <span class="sub">tried {s.attempts} times</span>}
    </div>
    <span class="took">{s.endedAt === undefined ? '' : formatDuration(s.endedAt - s.startedAt!)}</span>
  </li>
);
