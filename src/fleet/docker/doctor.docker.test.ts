import { afterEach, expect, it, vi } from 'vitest';
import { diagnose } from './doctor.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('looks at everything a drill depends on, and leaves nothing behind', async () => {
  const checks = await diagnose(['no-such-image.invalid/x:1']);
  const by = new Map(checks.map((c) => [c.name, c]));
  for (const name of [
    'engine',
    'connect',
    'memory',
    'memory limits',
    'disk',
    'clock',
    'packets',
    'bandwidth',
    'neighbour table',
  ])
    expect(by.get(name)?.detail, name).toBeTruthy();
  expect(by.get('engine')?.status).toBe('ok');
  expect(by.get('image no-such-image.invalid/x:1')?.status).toBe('warn');
  for (const check of checks) if (check.status !== 'ok') expect(check.hint, check.name).toBeTruthy();
});

it('works without an engine, and says so', async () => {
  vi.stubEnv('DOCKER_HOST', 'unix:///no/such/engine.sock');
  const [engine, ...rest] = await diagnose();
  expect(engine).toMatchObject({
    name: 'engine',
    status: 'fail',
    detail: 'no container engine answers at DOCKER_HOST=unix:///no/such/engine.sock',
  });
  expect(rest.map((c) => c.name)).toEqual(['disk']);
});
