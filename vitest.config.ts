import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.{ts,tsx}'],
          exclude: ['src/**/*.docker.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'docker',
          include: ['src/**/*.docker.test.ts'],
          fileParallelism: false,
          // Real servers on a busy machine: what fails three times is broken, what fails once is told.
          retry: 2,
          // Drills of the catalogue that run side by side, each in a process of its own.
          maxConcurrency: 2,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
