import pRetry from 'p-retry';
import { messageOf, RedrillError } from '../../core/errors.js';
import type { Journal } from '../journal.js';
import { ask, type Engine } from './engine.js';
import type { Labels } from './labels.js';
import { rememberSubnet } from './subnets.js';

export interface Network {
  name: string;
  id: string;
  subnet: string;
  gateway: string;
  /** The Linux bridge behind it. */
  bridge: string;
}

interface Wish {
  name: string;
  labels: Labels;
  journal: Journal;
  signal?: AbortSignal | undefined;
}

/** A network whose subnet the engine chooses. */
export async function createNetwork(engine: Engine, wish: Wish, subnet?: string): Promise<Network> {
  await wish.journal.note({ intent: 'network', name: wish.name });
  const made = await ask(
    `create network ${wish.name}`,
    engine.docker.createNetwork({
      Name: wish.name,
      Driver: 'bridge',
      CheckDuplicate: true,
      Labels: wish.labels,
      Options: switchOptions(engine),
      ...(subnet && { IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] } }),
    }),
  );
  const { IPAM } = await ask(`inspect network ${wish.name}`, made.inspect());
  const config = IPAM?.Config?.find((c) => c.Subnet?.includes('.'));
  if (!config?.Subnet) throw new RedrillError('ENGINE', `network ${wish.name} has no IPv4 subnet`);
  const gateway = config.Gateway?.split('/')[0] ?? '';
  return { name: wish.name, id: made.id, subnet: config.Subnet, gateway, bridge: `br-${made.id.slice(0, 12)}` };
}

/**
 * A network that takes fixed addresses. The engine allows them only where the subnet was configured by the user; so it
 * chooses a free one first, and gets it back as our wish. Another run may take it in between: then once more.
 * `guess`: a subnet that is probably free; it saves the first step.
 */
export function createFixedNetwork(engine: Engine, wish: Wish, guess?: string): Promise<Network> {
  let known = guess;
  return pRetry(
    async () => {
      const subnet = known ?? (await askForSubnet(engine, wish));
      known = undefined;
      const network = await createNetwork(engine, wish, subnet);
      await rememberSubnet(engine, network.subnet);
      return network;
    },
    {
      retries: 8,
      minTimeout: 40,
      maxTimeout: 400,
      randomize: true,
      signal: wish.signal,
      shouldRetry: ({ error }) => /overlap/i.test(messageOf(error)),
    },
  );
}

async function askForSubnet(engine: Engine, wish: Wish): Promise<string> {
  const draft = await createNetwork(engine, wish);
  await ask(`remove network ${wish.name}`, engine.docker.getNetwork(draft.id).remove());
  return draft.subnet;
}

/**
 * A split moves plugs to another bridge, where the rules made for this one must not apply: no address translation, and
 * none of the "wrong bridge" drops that engines have from 28 on.
 */
function switchOptions(engine: Engine): Record<string, string> {
  return {
    'com.docker.network.bridge.enable_ip_masquerade': 'false',
    ...(Number.parseInt(engine.version, 10) >= 28 && {
      'com.docker.network.bridge.gateway_mode_ipv4': 'nat-unprotected',
    }),
  };
}
