/** A place of its own for tests that drill: scenario files, reports and journals in one folder, and what is left in the end. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { resolveImage } from '../../fleet/index.js';
import { footprint, newSince } from './footprint.js';
import { build, type Ran, type Running, start } from './redrill.js';

export interface Workshop extends Disposable {
  readonly folder: string;
  readonly reports: string;
  /** Writes a scenario file; what it does not say is small and quick. */
  scenario(name: string, settings: object): string;
  /** `redrill` with a state directory of its own. */
  start(args: string[], env?: Record<string, string>): Running;
  run(args: string[], env?: Record<string, string>): Promise<Ran>;
  /** `redrill run FILE`, reports going to this workshop. */
  drill(file: string, env?: Record<string, string>): Running;
  /** For a process that a test starts by itself: the environment it needs, and that its runs count as ours. */
  readonly env: Record<string, string>;
  adopt(pid: number): void;
  /** Run folders, oldest first. */
  runs(): string[];
  /** What lies among the reports and is no finished run: half of one, or a draft. */
  remains(): string[];
  /** Runs that have a journal still: they did not end, or not well. */
  unfinished(): string[];
  /** `redrill clean`, of one run or of all there are: all is well when it says so and nothing is left. */
  clean(run?: string): Promise<{ ran: Ran; well: boolean; left: string[] }>;
  /** What this workshop's processes left, what belongs to nobody and was not there when it was opened, and journals. */
  left(): Promise<string[]>;
}

export async function openWorkshop(): Promise<Workshop> {
  await build();
  await Promise.all(['redis:7.0', 'redrill/tools'].map((name) => resolveImage(name)));
  const folder = mkdtempSync(join(tmpdir(), 'redrill-test-'));
  const [reports, state] = [join(folder, 'reports'), join(folder, 'state')];
  mkdirSync(reports);
  const mine = new Set<number>();
  const before = await footprint(mine);
  const own = { XDG_STATE_HOME: state };
  const begin = (args: string[], env: Record<string, string> = {}): Running => {
    const running = start(args, { env: { ...own, ...env } });
    mine.add(running.pid);
    return running;
  };
  const left = async (): Promise<string[]> => [
    ...(await newSince(before, mine)),
    ...unfinished(state).map((run) => `journal of ${run}`),
  ];
  return {
    folder,
    reports,
    scenario(name, settings) {
      const file = join(folder, `${name}.yaml`);
      // JSON is YAML.
      writeFileSync(file, JSON.stringify({ name, ...('extends' in settings ? {} : quick), ...settings }, null, 1));
      return file;
    },
    start: begin,
    env: own,
    adopt: (pid) => void mine.add(pid),
    run: (args, env) => begin(args, env).ended,
    drill: (file, env) => begin(['run', file, '--output', reports], env),
    runs: () => runFolders(reports),
    left,
    remains: () =>
      readdirSync(reports).filter((name) =>
        statSync(join(reports, name)).isDirectory()
          ? !existsSync(join(reports, name, 'history.json'))
          : /tmp$|^\./.test(name),
      ),
    unfinished: () => unfinished(state),
    clean: async (run) => {
      const ran = await begin(['clean', ...(run === undefined ? [] : [run])]).ended;
      const stuck = stuckNetworks(ran);
      const rest = (await left()).filter((item) => !stuck.some((network) => isOf(item, network)));
      return { ran, well: stuck.length > 0 ? ran.status === 2 : ran.status === 0, left: rest };
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Three primaries; a short node-timeout, so that a round takes seconds. */
export const small = (replicas = 0, config: object = {}): object => ({
  shards: 3,
  replicas,
  image: 'redis:7.0',
  config: { 'cluster-node-timeout': 1000, ...config },
});

const quick = {
  topology: small(),
  timeline: [{ at: '200ms', fault: 'pause', target: 'primary of shard 1', for: '1500ms' }],
  workload: { clients: 2, rate: '100/s' },
  objectives: { lost_acknowledged_writes: '<= 1000' },
};

/**
 * Engines up to 20.10 sometimes miscount a network's endpoints: it can't be removed until they are restarted. That is
 * tolerated where the command says so by name.
 */
const stuckNetworks = ({ stderr }: Ran): string[] =>
  [...stderr.matchAll(/^(\S+): could not be removed: .*has active endpoints/gm)].map(([, name]) => name!);

/** The network itself, and the journal that is kept for the next attempt. */
const isOf = (item: string, network: string): boolean =>
  item === `network ${network}` ||
  (item.startsWith('journal of ') && network.startsWith(item.slice('journal of '.length)));

const unfinished = (state: string): string[] => {
  const folder = join(state, 'redrill/journal');
  return existsSync(folder) ? readdirSync(folder).map((name) => basename(name, '.ndjson')) : [];
};

export const runFolders = (reports: string): string[] =>
  readdirSync(reports, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(reports, name))
    .sort();
