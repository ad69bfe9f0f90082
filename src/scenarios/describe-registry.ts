/** What is registered, for `redrill faults|procedures|objectives` and the docs: read from the registries, never listed twice. */
import { z } from 'zod';
import { faultClasses } from '../faults/index.js';
import type { Example } from '../faults/types.js';
import { shapeOf } from './entries.js';
import { languageWith, type Words } from './language.js';
import { exampleOf, faultRegistry, objectiveRegistry, procedureRegistry } from './registries.js';
import { everywhere } from './use.js';

export interface Param {
  name: string;
  type: string;
  required: boolean;
  default?: unknown;
  description: string;
}

export interface Item {
  name: string;
  summary: string;
  /** Which part of a long list it belongs to. */
  group?: string;
  handbook: string[];
  params: Param[];
  /** One-word facts: impact of a fault, unit of an objective. */
  facts: Record<string, string>;
  /** As a scenario file would say it. */
  example?: Record<string, unknown>;
}

/** What comes with redrill, and what the command line added. */
const known = <T>(kind: keyof Words, registry: Record<string, T>): [string, T][] =>
  languageWith(everywhere()).known[kind].map((name) => [name, registry[name]!]);

export const describeFaults = (): Item[] =>
  known('faults', faultRegistry).map(
    ([name, { summary, handbook = [], params, impact, targeted, kinds, example }]) => ({
      name,
      group: Object.entries(faultClasses).find(([, members]) => name in members)?.[0] ?? 'of your own',
      summary,
      handbook,
      params: paramsIn(params),
      facts: {
        impact,
        target: targeted === false ? 'named by its parameters' : 'required',
        kinds: kinds?.join(', ') ?? 'all',
      },
      example: exampleOfFault(name, targeted === false ? undefined : (example.target ?? 'primary of shard 2'), example),
    }),
  );

/** A scenario of its own around a fault's example: what `redrill faults NAME` shows, and what a test loads. */
function exampleOfFault(
  fault: string,
  target: string | string[] | undefined,
  { params, topology }: Example,
): Record<string, unknown> {
  return {
    name: `${fault}-example`,
    ...(topology && { topology }),
    timeline: [{ at: '3s', fault, ...(target !== undefined && { target }), ...params }],
  };
}

export const describeProcedures = (): Item[] =>
  known('procedures', procedureRegistry).map(([name, { summary, handbook = [], params }]) => ({
    name,
    summary,
    handbook,
    params: paramsIn(params),
    facts: {},
  }));

export const describeObjectives = (): Item[] =>
  known('objectives', objectiveRegistry).map(([name, { summary, handbook = [], unit, better, traits }]) => ({
    name,
    summary,
    handbook,
    params: [],
    facts: { unit, better: `${better} is better`, example: `"${exampleOf({ unit, better, traits })}"` },
  }));

interface Node {
  type?: string | string[];
  description?: string;
  default?: unknown;
  examples?: unknown[];
  enum?: unknown[];
  items?: Node;
  anyOf?: Node[];
}

function paramsIn(schema: z.ZodType): Param[] {
  const json = z.toJSONSchema(schema, { io: 'input', target: 'draft-07' }) as {
    properties?: Record<string, Node>;
    required?: string[];
  };
  return Object.keys(shapeOf(schema)).map((name) => {
    const node = json.properties?.[name] ?? {};
    return {
      name,
      type: typeOf(node),
      required: json.required?.includes(name) ?? false,
      ...(node.default !== undefined && { default: node.default }),
      description: node.description ?? '',
    };
  });
}

function typeOf(node: Node): string {
  if (node.enum) return node.enum.join(' | ');
  if (node.anyOf) return node.anyOf.map(typeOf).join(' or ');
  if (node.type === 'array') return `list of ${typeOf(node.items ?? {})}`;
  const example = node.examples?.[0];
  return `${[node.type ?? 'any'].flat().join(' or ')}${example === undefined ? '' : ` such as ${String(example)}`}`;
}
