import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests that kill drills and look for what they left behind, or that watch the engine's own settings: they have it for themselves. */
const alone = ['src/fleet/**/*.docker.test.ts', 'src/cli/{killed,interrupted,neighbours,main-job}.docker.test.ts'];

/** What takes longest begins first: the catalogue has a second of tests for every line of its file. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const last = (file: TestSpecification): number => Number(!file.moduleId.includes('catalogue'));
    return (await super.sort(files)).sort((a, b) => last(a) - last(b));
  }
}

// Servers wait more than they work: two cores carry several topologies at once.
const containers = { testTimeout: 180_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
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
          ...containers,
          name: 'docker',
          include: ['src/**/*.docker.test.ts'],
          exclude: alone,
          maxWorkers: 2,
          // Drills of the catalogue that run side by side, each in a process of its own.
          maxConcurrency: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...containers,
          name: 'docker-alone',
          include: alone,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
