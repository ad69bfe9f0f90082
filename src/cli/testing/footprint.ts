/** What is on the engine and on this machine: taken before and after, it shows what a run left behind. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { BlockList, isIPv4 } from 'node:net';
import { promisify } from 'node:util';
import { until } from '../../core/until.js';
import { connectEngine } from '../../fleet/docker/engine.js';
import { type Labels, ownerOf, RUN } from '../../fleet/docker/labels.js';
import { liveness, type Owner } from '../../fleet/liveness.js';
import { DECOY } from '../../fleet/testing/fleet.js';

/** "network abc…" → what it is called. */
type Footprint = Map<string, string>;

const run = promisify(execFile);

/** `mine`: the processes whose runs count. Other drills and benches, and runs that other tests have killed, are none of ours. */
export async function footprint(mine: ReadonlySet<number>): Promise<Footprint> {
  const { docker, local } = await connectEngine();
  // Rules, devices and processes before their owners: what is being made meanwhile by somebody else then has its owner.
  const [rules, devices, processes] = local ? [await packetRules(), bridges(), contained()] : [[], [], []];
  const [containers, networks, { Volumes }] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
    docker.listVolumes(),
  ]);
  const found: Footprint = new Map();
  const isDead = (owner: Owner): boolean => mine.has(owner.pid) && liveness(owner) === 'dead';
  const put = (kind: string, id: string, name: string, labels: Labels = {}): void => {
    const counts = RUN in labels ? isDead(ownerOf(labels)) : !(DECOY in labels);
    if (counts) found.set(`${kind} ${id}`, name);
  };
  for (const c of containers) put('container', c.Id, `${c.Names[0]} (${c.State})`, c.Labels);
  for (const n of networks) put('network', n.Id, n.Name, n.Labels ?? {});
  for (const v of Volumes ?? []) put('volume', v.Name, v.Name, v.Labels ?? {});
  const known = new Set(networks.map((n) => `br-${n.Id.slice(0, 12)}`));
  const subnets = new BlockList();
  for (const { Subnet = '' } of networks.flatMap((n) => n.IPAM?.Config ?? [])) {
    const [address = '', bits] = Subnet.split('/');
    if (isIPv4(address)) subnets.addSubnet(address, Number(bits));
  }
  // A rule that lets a container reach its own published port names no bridge, only the container's address.
  const orphaned = (text: string): boolean =>
    !(text.match(/\bbr-[0-9a-f]{12}\b/g) ?? []).some((bridge) => known.has(bridge)) &&
    !(text.match(/\b\d+(\.\d+){3}\b/g) ?? []).some((address) => subnets.check(address));
  for (const rule of rules.filter(orphaned)) found.set(`rule ${rule}`, rule);
  for (const device of devices.filter(orphaned)) found.set(`device ${device}`, device);
  const alive = new Set(containers.map((c) => c.Id));
  for (const { pid, container, command } of processes) if (!alive.has(container)) found.set(`process ${pid}`, command);
  return found;
}

/** What came since and stays. Engines finish some of their tidying after they have answered: it is given a moment. */
export async function newSince(before: Footprint, mine: ReadonlySet<number>): Promise<string[]> {
  let more: string[] = [];
  const look = async (): Promise<string[]> => {
    const now = await footprint(mine);
    more = [...now].flatMap(([key, name]) => (before.has(key) ? [] : [`${key.split(' ')[0]} ${name}`]));
    return more;
  };
  await until(look, (list) => list.length === 0, { describe: 'nothing new', within: 3000, every: 250 }).catch(() => {});
  return more;
}

/** Every rule of the packet filter, without the counters. Nothing where we may not ask. */
async function packetRules(): Promise<string[]> {
  if (process.getuid?.() !== 0) return [];
  const saved = await run('iptables-save', []).catch(() => ({ stdout: '' }));
  return saved.stdout.split('\n').filter((line) => line.startsWith('-A'));
}

const bridges = (): string[] => names('/sys/class/net').filter((name) => name.startsWith('br-'));

/** Processes in a container's control group. */
function contained(): { pid: string; container: string; command: string }[] {
  return names('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const [, container] = /docker[/-]([0-9a-f]{64})/.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8')) ?? [];
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return container ? [{ pid, container, command }] : [];
    } catch {
      return [];
    }
  });
}

const names = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);
