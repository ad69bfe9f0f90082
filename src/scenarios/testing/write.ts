/** Scenario files for tests, in a folder of their own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadScenarios } from '../load.js';
import { InvalidScenario } from '../problems.js';
import type { Scenario } from '../types.js';

export async function written(files: Record<string, string | Buffer>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'redrill-test-'));
  await Promise.all(Object.entries(files).map(([name, content]) => writeFile(join(folder, name), content)));
  return folder;
}

export async function load(content: string | Buffer, name = 'drill.yaml'): Promise<Scenario[]> {
  const folder = await written({ [name]: content });
  try {
    return await loadScenarios(join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}

export async function loadOne(content: string, name?: string): Promise<Scenario> {
  const scenarios = await load(content, name);
  if (scenarios.length !== 1) throw new Error(`${scenarios.length} scenarios`);
  return scenarios[0]!;
}

/** The messages of an invalid file. */
export async function problemsOf(content: string | Buffer, name?: string): Promise<string[]> {
  try {
    await load(content, name);
  } catch (error) {
    if (error instanceof InvalidScenario) return error.problems.map(({ message }) => message);
    throw error;
  }
  return [];
}
