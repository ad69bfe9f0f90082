/**
 * Addresses as numbers: which is the n-th of a network, and which has the same place in another. Libraries for addresses (ipaddr.js)
 * read, write and match them, and leave the arithmetic to their users; matching is in Node's own BlockList.
 */
import { BlockList } from 'node:net';

export function toNumber(ip: string): number {
  return ip.split('.').reduce((n, part) => n * 256 + Number(part), 0);
}

export const toAddress = (n: number): string => [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join('.');

/** The n-th address after the gateway of "172.20.0.0/16", whose first address is the gateway. */
export function addressIn(subnet: string, n: number): string {
  const [base, bits] = subnet.split('/');
  const size = 2 ** (32 - Number(bits));
  if (!Number.isInteger(n) || n < 0 || n + 3 >= size) throw new RangeError(`network ${subnet} has no address ${n}`);
  return toAddress(toNumber(base!) + 2 + n);
}

const sizeOf = (subnet: string): number => 2 ** (32 - Number(subnet.split('/')[1]));

/**
 * The n-th address, n from 0, that containers come to last: they are counted from the near end, this is counted from the far
 * one. It has its place in all of these networks, the smallest too.
 */
export const spareIn = (subnet: string, n: number, others: readonly string[] = []): string =>
  addressIn(subnet, Math.min(...[subnet, ...others].map(sizeOf)) - 4 - n);

/** The first and the last address that `addressIn` may give. */
export function hostsOf(subnet: string): [string, string] {
  const [base, bits] = subnet.split('/');
  const first = toNumber(base!);
  return [toAddress(first + 2), toAddress(first + 2 ** (32 - Number(bits)) - 2)];
}

/** The address that stands at the same place in another network. */
export const mirrored = (ip: string, from: string, to: string): string =>
  toAddress(toNumber(to.split('/')[0]!) + (toNumber(ip) - toNumber(from.split('/')[0]!)));

/** Do two IPv4 subnets have addresses in common? Then one of them has the other's first. */
export function overlap(a: string, b: string): boolean {
  if (a.includes(':') || b.includes(':')) return false;
  return holds(a, b) || holds(b, a);
}

function holds(subnet: string, other: string): boolean {
  const [base, bits = '32'] = subnet.split('/');
  const list = new BlockList();
  list.addSubnet(base!, Number(bits), 'ipv4');
  return list.check(other.split('/')[0]!, 'ipv4');
}

/** Destinations in /proc/net/route, whose columns are hexadecimal in the byte order of the machine. The default route is none. */
export function routes(table: string): string[] {
  const reversed = (hex: string): number => Number.parseInt(hex.match(/../g)!.reverse().join(''), 16);
  return table.split('\n').flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    const [destination, mask] = [columns[1], columns[7]];
    if (!destination || !mask || !/^[0-9A-F]{8}$/.test(destination) || destination === '00000000') return [];
    const bits = reversed(mask).toString(2).replaceAll('0', '').length;
    return [`${toAddress(reversed(destination))}/${bits}`];
  });
}
