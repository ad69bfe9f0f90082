/** Whom faults and procedures are aimed at, and whether a fault can work on this topology at all. */
import { lacksWay } from '../recovery/variants.js';
import { checkTarget, parseTarget, type Target } from '../topology/targets.js';
import type { TopologySpec } from '../topology/types.js';
import type { Draft } from './draft.js';
import type { Complaint, Path } from './problems.js';
import { faultRegistry, procedureRegistry } from './registries.js';
import { textsBelow, whoAt } from './steps/check.js';
import { namesIn } from './steps/values.js';

export function checkTargets({ entries, raw }: Draft, topology: TopologySpec): Complaint[] {
  const impossibleAt = (path: Path, target: Target): Complaint[] => {
    const message = checkTarget(target, topology);
    return message === undefined ? [] : [{ path, message }];
  };
  return entries.flatMap(({ entry, path }) => {
    if (entry.kind === 'procedure') {
      const { refuses, variants, notTargets = [] as readonly string[] } = procedureRegistry[entry.type]!;
      const lacks = lacksWay(variants, topology.kind);
      const refused = lacks === undefined ? refuses?.(entry.params, topology) : { param: 'procedure', why: lacks };
      const params = Object.fromEntries(Object.entries(entry.params).filter(([param]) => !notTargets.includes(param)));
      return [
        ...targetsIn(params, path).flatMap(({ path, text }) => impossibleAt(path, parseTarget(text))),
        ...(refused ? [{ path: [...path, refused.param], message: refused.why }] : []),
      ];
    }
    if (entry.kind !== 'fault') return [];
    const { targeted, targetParams = targeted === false ? Object.keys(entry.params) : [] } = faultRegistry[entry.type]!;
    const inParams = targetParams
      .flatMap((param) => targetsIn(entry.params[param], [...path, param]))
      .flatMap(({ path, text }) => impossibleAt(path, parseTarget(text)));
    const targets = whoAt(entry.targetWords, [...path, 'target'], raw).flatMap(({ path, words }) =>
      namesIn(words).length > 0 ? [] : impossibleAt(path, parseTarget(words)),
    );
    return [...inParams, ...targets];
  });
}

/** Texts in a value that are targets, with their places. */
const targetsIn = (value: unknown, path: Path): { path: Path; text: string }[] =>
  textsBelow(value, path).filter(({ text }) => isTarget(text));

function isTarget(text: string): boolean {
  try {
    parseTarget(text);
    return true;
  } catch {
    return false;
  }
}

export function checkSupport({ entries }: Draft, topology: TopologySpec): Complaint[] {
  return entries.flatMap(({ entry, path }): Complaint[] => {
    if (entry.kind !== 'fault') return [];
    // The server is only known once the image is there: what depends on it is asked again then.
    const fault = faultRegistry[entry.type]!;
    if (fault.kinds && !fault.kinds.includes(topology.kind))
      return [
        {
          path: [...path, 'fault'],
          message: `${entry.type} can't work here: it needs a topology of kind ${fault.kinds.join(' or ')}`,
        },
      ];
    if (fault.lasting && entry.for !== undefined)
      return [
        {
          path: [...path, 'for'],
          message: `${entry.type} is over at once and nothing undoes it: "for" has no meaning here`,
          atKey: true,
        },
      ];
    const reason = fault.supports?.({ topology });
    return typeof reason === 'string'
      ? [{ path: [...path, 'fault'], message: `${entry.type} can't work here: ${reason}` }]
      : [];
  });
}
