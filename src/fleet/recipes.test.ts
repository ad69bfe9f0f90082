import { expect, it } from 'vitest';
import { builtName, recipeHash, recipes, withTag } from './recipes.js';

it('never builds under a name that belongs to somebody else', () => {
  expect(builtName('redis:7.0')).toBe('redrill/redis:7.0');
  expect(builtName('valkey/valkey:8.1')).toBe('redrill/valkey:8.1');
  expect(builtName('redrill/tools')).toBe('redrill/tools:latest');
});

it('adds the tag that is meant, and only where there is none', () => {
  expect(withTag('redis')).toBe('redis:latest');
  expect(withTag('host:5000/redis')).toBe('host:5000/redis:latest');
  expect(withTag('host:5000/redis:7')).toBe('host:5000/redis:7');
  expect(withTag('redis@sha256:00')).toBe('redis@sha256:00');
});

it('tells recipes apart', () => {
  const hashes = Object.values(recipes).map(recipeHash);
  expect(new Set(hashes).size).toBe(hashes.length);
});

it.each(Object.entries(recipes))('%s has all a recipe needs', (name, recipe) => {
  expect(Object.keys(recipe).sort()).toEqual(['check', 'options', 'packages', 'product', 'suite']);
  expect(recipe.packages.every((p) => /^[a-z0-9.+-]+$/.test(p))).toBe(true);
  expect(name).toMatch(/^[a-z0-9/.:-]+$/);
});
