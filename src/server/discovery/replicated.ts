/** A primary and its replicas, by what each says of whom it follows and who follows it. */
import { parseInfo } from '../../deployment/nodes-text.js';
import type { Address } from '../connection.js';
import { replicasIn } from '../server-look.js';
import type { Member } from './types.js';
import { type Info, serverIn, textOf, type Ways } from './ways.js';

/** Whoever is found, with all addresses under which he was. */
interface Server {
  addresses: Address[];
  info: Info | undefined;
}

/**
 * Begins with these addresses and goes up and down from there. Addresses under which one process answers are one server: some know
 * it by its name, others by its number.
 */
export async function findServers(from: readonly Address[], ways: Ways): Promise<Member[]> {
  const answers = new Map<string, { address: Address; info: Info | undefined }>();
  for (let round = [...from]; round.length > 0; ) {
    const told = await Promise.all(round.map(async (address) => ({ address, info: await infoAt(address, ways) })));
    for (const one of told) answers.set(textOf(one.address), one);
    const named = new Map(told.flatMap(({ info }) => (info ? neighbours(info) : [])).map((one) => [textOf(one), one]));
    round = [...named].flatMap(([text, address]) => (answers.has(text) ? [] : [address]));
  }
  const all = [...answers.values()];
  // By which address others know it: the seed's may be ours alone.
  const told = new Set(all.flatMap(({ info }) => (info ? neighbours(info).map(textOf) : [])));
  const followed = new Set(all.flatMap(({ info }) => (info ? primaryOf(info).map(textOf) : [])));
  return together(all).map(({ addresses, info }): Member => {
    const announced = addresses.find((address) => told.has(textOf(address))) ?? addresses[0]!;
    const leads = info ? info.get('role') === 'master' : addresses.some((address) => followed.has(textOf(address)));
    return {
      id: '',
      announced,
      also: addresses.filter((address) => address !== announced),
      role: leads ? 'primary' : 'replica',
      server: info && serverIn(info),
    };
  });
}

async function infoAt(address: Address, ways: Ways): Promise<Info | undefined> {
  const [text] = (await ways.ask(address, [['INFO']])) ?? [];
  return typeof text === 'string' ? parseInfo(text) : undefined;
}

function together(answers: readonly { address: Address; info: Info | undefined }[]): Server[] {
  const servers = new Map<string, Server>();
  for (const { address, info } of answers) {
    const one = info?.get('run_id') ?? textOf(address);
    servers.set(one, { info, addresses: [...(servers.get(one)?.addresses ?? []), address] });
  }
  return [...servers.values()];
}

const primaryOf = (info: Info): Address[] =>
  info.get('role') === 'slave' ? [addressOf(info.get('master_host'), info.get('master_port'))].flat() : [];

const neighbours = (info: Info): Address[] => [
  ...primaryOf(info),
  ...replicasIn(info).flatMap(({ ip, port }) => addressOf(ip, port)),
];

export const addressOf = (host: string | undefined, port: string | undefined): Address[] =>
  host && Number(port) > 0 ? [{ host, port: Number(port) }] : [];
