/** Variants side by side: a table of what was measured, and the recoveries as stacked bars on one scale. */
import { formatDuration } from '../../core/units.js';
import type { Phase } from '../../timeline/types.js';
import { type Cell, type ComparedVariant, type Comparison, serviceAfter, untilServed } from '../compare.js';
import { gapsText, phasesText, recoveredText, spreadText, titleOf, valueText } from '../comparison-text.js';
import { formatLimit, humanName } from '../format.js';
import { Mark, Section } from './parts.js';

export function Compared({ comparison, index }: { comparison: Comparison; index: number }) {
  const { objectives, variants, repeated } = comparison;
  const note = repeated
    ? 'Medians, and below them the lowest and the highest of the runs. Best and worst are named where their spreads do not touch.'
    : 'Best and worst are named where they differ by more than the measurement may be off.';
  return (
    <Section id={`comparison-${index}`} title={titleOf(comparison)} note={note}>
      <table class="comparison">
        <thead>
          <tr>
            <th>Variant</th>
            {objectives.map((o) => (
              <th key={`${o.objective} ${o.limit.text}`}>
                {humanName(o.objective)}
                <span class="sub">{formatLimit(o)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {variants.map((variant) => (
            <Row key={variant.label} variant={variant} columns={objectives.length} />
          ))}
        </tbody>
      </table>
      <Recoveries comparison={comparison} />
    </Section>
  );
}

const Row = ({ variant, columns }: { variant: ComparedVariant; columns: number }) => (
  <tr class={variant.verdict}>
    <th scope="row">
      {variant.label}
      <span class="sub">
        <Mark of={variant.verdict} />
      </span>
    </th>
    {variant.skipped === undefined ? (
      variant.cells.map((cell, i) => <Value key={i} cell={cell} runs={variant.runs.length} />)
    ) : (
      <td colSpan={columns} class="sub">
        {variant.skipped}
      </td>
    )}
  </tr>
);

function Value({ cell, runs }: { cell: Cell; runs: number }) {
  const [spread, gaps] = [spreadText(cell), gapsText(cell)];
  const missed = cell.verdict === 'fail' || cell.verdict === 'inconclusive';
  return (
    <td class={cell.verdict}>
      <span class={cell.median === null ? 'unmeasured' : 'value'}>{valueText(cell.median, cell)}</span>
      {cell.mark && <span class={`tag ${cell.mark}`}>{cell.mark}</span>}
      {spread && <span class="sub">{spread}</span>}
      {gaps && <span class="sub">{gaps}</span>}
      {missed && (
        <span class="sub">
          <Mark of={cell.verdict} />
          {runs > 1 && ` ${cell.met} of ${runs} met`}
        </span>
      )}
    </td>
  );
}

function Recoveries({ comparison: { variants, repeated } }: { comparison: Comparison }) {
  const told = variants.filter(({ phases }) => phases.length > 0);
  const longest = Math.max(...told.map(({ phases }) => serviceAfter(phases)));
  if (told.length === 0 || longest <= 0) return null;
  const names = [...new Set(told.flatMap(({ phases }) => untilServed(phases).map(({ name }) => name)))];
  return (
    <table class="comparison stacks">
      <caption>
        <span class="legend">
          {names.map((name) => (
            <span key={name}>
              <span class={`swatch ${name}`} aria-hidden="true" />
              {name}
            </span>
          ))}
        </span>
        Until service is back, phase by phase{repeated && ': each variant by its median run'}
      </caption>
      <tbody>
        {told.map((variant) => (
          <tr key={variant.label}>
            <th scope="row">{variant.label}</th>
            <td class="wide">
              <Stack phases={untilServed(variant.phases)} longest={longest} />
              <span class="sub">{phasesText(variant.phases)}</span>
            </td>
            <td class="number">
              {formatDuration(serviceAfter(variant.phases))}
              {recoveredText(variant) && <span class="sub">{recoveredText(variant)}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const Stack = ({ phases, longest }: { phases: Phase[]; longest: number }) => (
  <span class="stack" role="img" aria-label={phasesText(phases)}>
    {phases.map(({ name, ms }) => (
      <span
        key={name}
        class={name}
        style={{ width: `${Number(((ms / longest) * 100).toFixed(3))}%` }}
        title={`${name} ${formatDuration(ms)}`}
      />
    ))}
  </span>
);
