/** `matrix:` makes one scenario of every combination of its lists, named after the values. */
import type { TopologySpec } from '../topology/types.js';
import type { RawScenario } from './schema.js';

export const MOST_VARIANTS = 100;

export interface Variant {
  /** Added to the scenario's name; empty where there is no matrix. */
  suffix: string;
  /** The values as written, for a table. */
  label: string;
  topology: TopologySpec;
}

type Axis = { suffix: string; label: string; apply(spec: TopologySpec): TopologySpec }[];

/** @returns every combination, in the order written, the last list changing fastest. */
export function variantsOf(topology: TopologySpec, matrix: RawScenario['matrix']): Variant[] {
  let variants: Variant[] = [{ suffix: '', label: '', topology }];
  for (const axis of axesOf(matrix ?? {}))
    variants = variants.flatMap((variant) =>
      axis.map(({ suffix, label, apply }) => ({
        suffix: `${variant.suffix}-${suffix}`,
        label: [variant.label, label].filter(Boolean).join(', '),
        topology: apply(variant.topology),
      })),
    );
  return variants;
}

export function countVariants(matrix: RawScenario['matrix']): number {
  return axesOf(matrix ?? {}).reduce((n, axis) => n * axis.length, 1);
}

function axesOf({
  image = [],
  shards = [],
  replicas = [],
  persistence = [],
  config = {},
}: NonNullable<RawScenario['matrix']>): Axis[] {
  const axes: Axis[] = [
    image.map((value) => ({ suffix: slug(value), label: value, apply: (spec) => ({ ...spec, image: value }) })),
    shards.map((value) => ({
      suffix: `${value}-shards`,
      label: `${value} shards`,
      apply: (spec) => ({ ...spec, shards: value }),
    })),
    replicas.map((value) => ({
      suffix: `${value}-replicas`,
      label: `${value} replicas`,
      apply: ({ perShard: _, ...spec }) => ({ ...spec, replicas: value }),
    })),
    persistence.map((value) => ({
      suffix: value,
      label: `persistence ${value}`,
      apply: (spec) => ({ ...spec, persistence: value }),
    })),
    ...Object.entries(config).map(
      ([key, values]): Axis =>
        values.map((value) => ({
          suffix: slug(`${key}-${value}`),
          label: `${key} ${value}`,
          apply: (spec) => ({ ...spec, config: { ...spec.config, [key]: value } }),
        })),
    ),
  ];
  return axes.filter((axis) => axis.length > 0);
}

export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
