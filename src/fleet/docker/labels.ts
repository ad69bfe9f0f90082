import type { Owner } from '../liveness.js';

/** Everything the project makes carries these; what does not is never touched. */
export const RUN = 'redrill.run';
/** On an empty volume of a run that was kept on purpose: labels of what is there already can't be changed. */
export const KEPT = 'redrill.kept';

export type Labels = Record<string, string>;

export const labelsOf = (runId: string, owner: Owner): Labels => ({
  [RUN]: runId,
  'redrill.pid': String(owner.pid),
  'redrill.started': owner.started,
  'redrill.host': owner.host,
  ...(owner.boot !== undefined && { 'redrill.boot': owner.boot }),
  ...(owner.space !== undefined && { 'redrill.space': owner.space }),
});

export const ownerOf = (labels: Labels): Owner => ({
  pid: Number(labels['redrill.pid'] ?? 0),
  started: labels['redrill.started'] ?? '',
  host: labels['redrill.host'] ?? '',
  ...(labels['redrill.boot'] !== undefined && { boot: labels['redrill.boot'] }),
  ...(labels['redrill.space'] !== undefined && { space: labels['redrill.space'] }),
});
