import type { Owner } from '../liveness.js';

/** Everything the project makes carries these; what does not is never touched. */
export const RUN = 'redrill.run';

export type Labels = Record<string, string>;

export const labelsOf = (runId: string, owner: Owner): Labels => ({
  [RUN]: runId,
  'redrill.pid': String(owner.pid),
  'redrill.started': owner.started,
  'redrill.host': owner.host,
});

export const ownerOf = (labels: Labels): Owner => ({
  pid: Number(labels['redrill.pid'] ?? 0),
  started: labels['redrill.started'] ?? '',
  host: labels['redrill.host'] ?? '',
});
