/** Small pieces that every section uses. */
import type { ComponentChildren } from 'preact';
import type { RunVerdict } from '../../assertions/types.js';
import { formatMoment } from '../format.js';
import type { StageResult } from '../types.js';
import type { View } from './view.js';

type Outcome = RunVerdict | StageResult['outcome'];

const marks: Record<Outcome, [sign: string, word: string]> = {
  pass: ['✓', 'passed'],
  fail: ['✕', 'failed'],
  inconclusive: ['?', 'inconclusive'],
  error: ['!', 'error'],
  skipped: ['–', 'skipped'],
};

/** An icon and a word: colour never carries the meaning alone. */
export const Mark = ({ of, big = false }: { of: Outcome; big?: boolean }) => (
  <span class={`mark ${of}${big ? ' big' : ''}`}>
    <span class="sign" aria-hidden="true">
      {marks[of][0]}
    </span>
    {marks[of][1]}
  </span>
);

/** A moment relative to the page's zero; the wall clock shows on hover. */
export const Moment = ({ at, view, digits = 2 }: { at: number; view: View; digits?: number }) => (
  <time class="moment" title={view.wall(at)}>
    {formatMoment(view.rel(at), digits)}
  </time>
);

export const Section = ({
  id,
  title,
  note,
  children,
}: {
  id: string;
  title: string;
  note?: ComponentChildren;
  children: ComponentChildren;
}) => (
  <section id={id} aria-labelledby={`${id}-title`}>
    <header class="section-head">
      <h2 id={`${id}-title`}>{title}</h2>
      {note && <p class="note">{note}</p>}
    </header>
    {children}
  </section>
);

/** Shown only where scripts run; copies the text of the element named. */
export const Copy = ({ from, label = 'Copy' }: { from: string; label?: string }) => (
  <button type="button" class="copy" data-copy={from}>
    {label}
  </button>
);

export const Fold = ({
  summary,
  open = false,
  children,
}: {
  summary: ComponentChildren;
  open?: boolean;
  children: ComponentChildren;
}) => (
  <details open={open}>
    <summary>{summary}</summary>
    {children}
  </details>
);

/** CSS variables that place something on the shared time axis, in s. */
export const span = (from: number, to: number): Record<string, string> => ({
  '--a': seconds(from),
  '--b': seconds(to),
});
export const seconds = (ms: number): string => String(Number((ms / 1000).toFixed(4)));
