/** A container's plugs in the networks of its run. */
import type { Body, DockerContainer, Room } from './body.js';
import { askIdempotent, type Engine } from './engine.js';
import { mirrored } from './ipv4.js';
import type { Network } from './networks.js';

export function plugsOf(body: Body): Pick<DockerContainer, 'detach' | 'attach' | 'unplug' | 'plug'> {
  const { name, room } = body;
  const { engine, journal, data, act } = room;
  const what = (verb: string): string => `${verb} ${name}`;
  const takeOff = async (verb: string, network: Network): Promise<void> => {
    const request = engine.docker.getNetwork(network.id).disconnect({ Container: body.made.handle.id });
    await askIdempotent(what(verb), act(what(verb), request), /is not connected to/);
  };
  const putOn = async (verb: string, network: Network): Promise<void> => {
    const { handle } = body.made;
    const request =
      network === data
        ? connect(engine, data, handle.id, body.ip, name)
        : connect(engine, network, handle.id, controlIp(body) ?? body.ip);
    await askIdempotent(what(verb), act(what(verb), request), /already exists in network|already attached/);
  };
  return {
    async detach() {
      await journal.note({ intent: 'detach', container: name, undo: 'attach' });
      await takeOff('detach', data);
    },
    async attach() {
      await putOn('attach', data);
      await body.plugged();
    },
    async unplug() {
      await journal.note({ intent: 'detach', container: name, undo: 'remove' });
      for (const network of networksOf(room)) await takeOff('unplug', network);
    },
    async plug(to) {
      body.ip = to;
      for (const network of networksOf(room)) await putOn('plug', network);
      await body.plugged();
    },
  };
}

/** Its address in the second network, where there is one. */
export const controlIp = ({ ip, room: { data, control } }: Pick<Body, 'ip' | 'room'>): string | undefined =>
  control && mirrored(ip, data.subnet, control.subnet);

const networksOf = ({ data, control }: Room): Network[] => [data, ...(control ? [control] : [])];

export const connect = (
  engine: Engine,
  network: Network,
  container: string,
  ip: string,
  name?: string,
): Promise<unknown> =>
  engine.docker.getNetwork(network.id).connect({ Container: container, EndpointConfig: endpoint(ip, name) });

/** `name`: what the others' lookups find it by. */
export const endpoint = (ip: string, name?: string) => ({
  IPAMConfig: { IPv4Address: ip },
  ...(name && { Aliases: [name] }),
});
