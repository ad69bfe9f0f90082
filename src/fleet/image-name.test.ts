import { describe, expect, it } from 'vitest';
import { checkImageName, isImageName } from './image-name.js';
import { recipes } from './recipes.js';

describe('the name of an image', () => {
  it.each([
    ...Object.keys(recipes),
    'redis',
    'localhost:5000/redis',
    'registry.example/team_a/redis-x:v1.2.3-alpine',
    `redis@sha256:${'0'.repeat(64)}`,
    `nowhere.invalid/redis:1.2`,
  ])('%s is one', (name) => expect(isImageName(name)).toBe(true));

  it.each([
    '',
    'redis://localhost',
    '//evil.example/x',
    'redis:7.0\n',
    'redis 7',
    'Redis',
    '../x',
    'redis?x=1',
    'redis:7.0#',
    '-redis',
  ])('%j is none', (name) => {
    expect(isImageName(name)).toBe(false);
    expect(() => checkImageName(name)).toThrow(`${JSON.stringify(name)} is not the name of an image`);
  });
});
