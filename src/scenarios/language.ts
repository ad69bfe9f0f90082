/** What scenario files may say: what comes with redrill, and what a file, or the command line, adds to it. */
import { type Forms, formsOf, type Known } from './entries.js';
import { own } from './registries.js';
import { type ScenarioSchema, schemaWith } from './schema.js';

/** Names that were added. */
export interface Words extends Known {
  objectives: readonly string[];
}

export interface Language {
  known: Words;
  forms: Forms;
  schema: ScenarioSchema;
}

const made = new Map<string, Language>();

/** The language with these words added. */
export function languageWith(added: readonly Words[] = []): Language {
  const every = (kind: keyof Words): string[] => [...new Set([...own[kind], ...added.flatMap((words) => words[kind])])];
  const known = { faults: every('faults'), procedures: every('procedures'), objectives: every('objectives') };
  const key = JSON.stringify(known);
  const language = made.get(key) ?? { known, forms: formsOf(known), schema: schemaWith(known.objectives) };
  made.set(key, language);
  return language;
}
