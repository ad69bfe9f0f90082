import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests that clean up whatever was left by whom, or that measure time: they have the engine for themselves. */
const alone = ['src/fleet/docker/shape/*.docker.test.ts', 'src/cli/{killed,neighbours}.docker.test.ts'];

/** What takes minutes begins first, so that the short ones fill both workers to the end. */
const long = ['catalogue', 'contract-redis', 'contract-valkey', 'recovery/slots'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const turn = ({ moduleId }: TestSpecification): number =>
      [...long, ''].findIndex((part) => moduleId.includes(part));
    return (await super.sort(files)).sort((a, b) => turn(a) - turn(b));
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
          // Against a hang, not for speed: on a busy machine a test that takes a second took more than twenty.
          testTimeout: 60_000,
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
