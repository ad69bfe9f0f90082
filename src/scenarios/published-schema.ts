/** The JSON Schema that editors check and complete scenario files with. */
import { z } from 'zod';
import { publishedEntries } from './entries.js';
import { languageWith } from './language.js';
import { scenarioFields } from './schema.js';
import { everywhere } from './use.js';

/** The published JSON Schema, with what the command line added: draft-07, because editors' YAML support ends there. */
export function jsonSchema(): Record<string, unknown> {
  const { timeline, recovery } = scenarioFields;
  const { known, schema } = languageWith(everywhere());
  const entries = publishedEntries(known);
  const published = schema.extend({
    timeline: entries.timeline.optional().describe(timeline.description!),
    recovery: entries.recovery.optional().describe(recovery.description!),
  });
  return z.toJSONSchema(published.meta(schema.meta()!), {
    target: 'draft-07',
    io: 'input',
    reused: 'inline',
    override: ({ jsonSchema: node, path }) => {
      if (node.additionalProperties === false) node.patternProperties = { '^x-': {} };
      if (path[1] === 'timeline' || path[1] === 'recovery') orItem(node);
    },
  }) as Record<string, unknown>;
}

/** In a loop `${item}` may stand for any value; a text takes it as it is. */
function orItem(node: Record<string, unknown>): void {
  const { description, default: fallback, type, ...rest } = node;
  const open = type === 'string' && !node.enum;
  if (open || (!node.enum && !['integer', 'number', 'boolean'].includes(String(type)))) return;
  for (const key of Object.keys(node)) delete node[key];
  Object.assign(node, {
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: fallback }),
    anyOf: [
      { ...(type !== undefined && { type }), ...rest },
      { type: 'string', pattern: '\\$\\{' },
    ],
  });
}
