/** The links between zones: longer, lossier or narrower ways, for as long as the topology stands. */
import { formatDuration, formatPercent, formatSize } from '../core/units.js';
import type { Destination, Impairment, Way } from '../fleet/types.js';
import type { ManagedNode, Topology, TopologySpec, ZoneLink, ZonesSpec } from './types.js';

/** What packets suffer from one zone to another; undefined where there is nothing to suffer. */
export function linkOf({ links = [] }: Pick<ZonesSpec, 'links'>, from: string, to: string): Impairment | undefined {
  if (from === to) return undefined;
  const own = links.find(({ between }) => between?.includes(from) && between.includes(to));
  return (own ?? links.find(({ between }) => between === undefined))?.suffers;
}

/** Every way that leads from a node to another zone, or to clients in another zone. */
export function waysBetween(nodes: readonly ManagedNode[], zones: ZonesSpec): Way[] {
  return nodes.flatMap((node): Way[] => {
    const toZones = zones.names.flatMap((zone): Way[] => {
      const suffers = node.zone === undefined ? undefined : linkOf(zones, node.zone, zone);
      const to: Destination[] = nodes.filter((peer) => peer.zone === zone).map((peer) => peer.container);
      return suffers && to.length > 0 ? [{ from: node.container, to, suffers }] : [];
    });
    const { clients } = zones;
    const far = clients === undefined || node.zone === undefined ? undefined : linkOf(zones, node.zone, clients);
    return far ? [...toZones, { from: node.container, to: ['clients'], suffers: thereAndBack(far) }] : toZones;
  });
}

/** Only what nodes send can be shaped: the way back carries what clients' packets suffer on their way there. */
function thereAndBack({ delay, jitter, loss, ...rest }: Impairment): Impairment {
  return {
    ...rest,
    ...(delay !== undefined && { delay: 2 * delay }),
    ...(jitter !== undefined && { jitter: Math.SQRT2 * jitter }),
    ...(loss !== undefined && { loss: loss + loss - loss * loss }),
  };
}

/** ms that a round trip takes from where clients are to the farthest zone, jitter included: who waits for an answer waits so much longer. */
export function farthest({ zones }: Pick<TopologySpec, 'zones'>): number {
  if (zones?.clients === undefined) return 0;
  const { clients } = zones;
  return Math.max(
    ...zones.names.map((zone) => {
      const { delay = 0, jitter = 0 } = linkOf(zones, zone, clients) ?? {};
      return 2 * (delay + 3 * jitter);
    }),
  );
}

/** "eu–us: 40 ms ± 4 ms, 0.1 % lost, 1 MB/s" */
export function describeLink({ between, suffers: { delay, jitter, loss, rate } }: ZoneLink): string {
  const about = jitter === undefined ? '' : ` ± ${formatDuration(jitter)}`;
  const parts = [
    (delay ?? jitter) !== undefined && `${formatDuration(delay ?? 0)}${about}`,
    loss !== undefined && `${formatPercent(loss)} lost`,
    rate !== undefined && `${formatSize(rate)}/s`,
  ];
  return `${between?.join('–') ?? 'any others'}: ${parts.filter(Boolean).join(', ')}`;
}

/** Lays the links of a topology that has some. @returns what the kernel does it with. */
export async function layLinks({ fleet, all, spec }: Topology): Promise<string | undefined> {
  const ways = spec.zones ? waysBetween(all, spec.zones) : [];
  return ways.length > 0 ? (await fleet.shape(ways)).how : undefined;
}
