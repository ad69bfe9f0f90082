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

/** The address that stands at the same place in another network. */
export const mirrored = (ip: string, from: string, to: string): string =>
  toAddress(toNumber(to.split('/')[0]!) + (toNumber(ip) - toNumber(from.split('/')[0]!)));
