/** Every way redrill can refuse or break, and the exit status each one ends the process with (sysexits where one fits). */
export const codes = {
  USAGE: 64,
  SCENARIO: 64,
  ENGINE: 2,
  IMAGE: 2,
  ENVIRONMENT: 2,
  DEPLOYMENT: 2,
  NOT_READY: 2,
  TIMEOUT: 2,
  REPORT: 2,
  INTERRUPTED: 130,
  BUG: 70,
} as const;

export type Code = keyof typeof codes;

export interface Position {
  file: string;
  line: number;
  column: number;
}

interface Details {
  hint?: string | undefined;
  position?: Position | undefined;
  cause?: unknown;
}

/** The one error class: a one-line message that says what is wrong and where, a hint that says what to do. */
export class RedrillError extends Error {
  override readonly name = 'RedrillError';
  readonly hint: string | undefined;
  readonly position: Position | undefined;

  constructor(
    readonly code: Code,
    message: string,
    { hint, position, cause }: Details = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.hint = hint;
    this.position = position;
  }

  get exitStatus(): number {
    return codes[this.code];
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
