/** Where a run says what it is doing. Three renderers stand in cli/progress: a bar, plain lines, nothing. */
export interface Progress {
  /** A stage began: "inject", "segfault on node-1". */
  phase(stage: string, detail?: string): void;
  /** Something worth a line of its own. */
  note(text: string): void;
  /** How much of the recovery budget is used. */
  budget?(elapsedMs: number, budgetMs: number): void;
  /** The run is over; the last line. */
  done(text: string): void;
}

export const silent: Progress = { phase: () => undefined, note: () => undefined, done: () => undefined };
