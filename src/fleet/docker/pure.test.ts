import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameReader } from './frames.js';
import { addressIn, mirrored, overlap, routes, spareIn } from './ipv4.js';
import { placeOf, separated } from './layers.js';
import { epochOf, lineReader, type Stamped, sinceOf } from './logs.js';
import { pickMirror } from './mirror.js';
import { entriesFor } from './sysctls.js';
import { firstFile, tarOf } from './tar.js';

describe('addresses', () => {
  it('begin after the gateway', () => {
    expect(addressIn('172.20.0.0/16', 0)).toBe('172.20.0.2');
    expect(addressIn('172.20.0.0/16', 300)).toBe('172.20.1.46');
  });
  it('end before the broadcast address', () => {
    expect(addressIn('10.0.0.0/29', 4)).toBe('10.0.0.6');
    expect(() => addressIn('10.0.0.0/29', 5)).toThrow('network 10.0.0.0/29 has no address 5');
  });
  it('are left for later at the far end, where all networks have them', () => {
    expect(spareIn('172.20.0.0/16', 0)).toBe('172.20.255.254');
    expect(spareIn('172.20.0.0/16', 1, ['192.168.16.0/20'])).toBe('172.20.15.253');
  });
  it('have the same place in another network', () => {
    expect(mirrored('172.20.1.46', '172.20.0.0/16', '192.168.16.0/20')).toBe('192.168.17.46');
  });
});

describe('subnets', () => {
  it('overlap when they share an address', () => {
    expect(overlap('172.20.0.0/16', '172.20.9.0/24')).toBe(true);
    expect(overlap('172.20.9.0/24', '172.20.0.0/16')).toBe(true);
    expect(overlap('172.20.0.0/16', '172.21.0.0/16')).toBe(false);
    expect(overlap('172.20.0.0/16', 'fd00::/64')).toBe(false);
  });
  it("are read from the kernel's routes, without the default route", () => {
    const table = [
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU',
      'eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0',
      'docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0',
      'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0',
    ];
    expect(routes(table.join('\n'))).toEqual(['172.17.0.0/16', '192.0.2.0/24']);
  });
});

const frame = (stream: 1 | 2, text: string): Buffer => {
  const payload = Buffer.from(text);
  const head = Buffer.alloc(8);
  head[0] = stream;
  head.writeUInt32BE(payload.length, 4);
  return Buffer.concat([head, payload]);
};

describe('the log stream', () => {
  const stamp = '2026-01-02T03:04:05.123456789Z';

  it('gives the same frames however it is cut into chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(1 as const, 2 as const), fc.string())),
        fc.array(fc.nat(40)),
        (frames, cuts) => {
          const whole = Buffer.concat(frames.map(([s, t]) => frame(s, t)));
          const seen: [string, string][] = [];
          const read = frameReader((stream, payload) => seen.push([stream, payload.toString()]));
          let at = 0;
          for (const cut of cuts) {
            read(whole.subarray(at, at + cut));
            at += cut;
          }
          read(whole.subarray(at));
          expect(seen).toEqual(frames.map(([s, t]) => [s === 2 ? 'stderr' : 'stdout', t]));
        },
      ),
    );
  });

  it('joins a long line that comes in pieces, each stream for itself', () => {
    const lines: Stamped[] = [];
    const read = lineReader((line) => lines.push(line));
    read(frame(1, `${stamp} begin `));
    read(frame(2, `${stamp} other\n`));
    read(frame(1, `2026-01-02T03:04:06Z end\r\n`));
    expect(lines.map((l) => l.text)).toEqual(['other', 'begin end']);
    expect(lines[1]!.stamp).toBe(stamp);
  });

  it('keeps microseconds, and asks for what comes after a stamp', () => {
    expect(epochOf(stamp)).toBeCloseTo(Date.parse('2026-01-02T03:04:05Z') + 123.456789, 3);
    expect(sinceOf(stamp)).toBe(`${Date.parse('2026-01-02T03:04:05Z') / 1000}.123456789`);
    expect(sinceOf('2026-01-02T03:04:05Z')).toMatch(/\.000000000$/);
    expect(sinceOf('')).toBe('0');
  });
});

describe('splits', () => {
  const names = ['a', 'b', 'c', 'd'];
  it('leave the first group where it is', () => {
    expect(
      separated(
        [
          [
            ['a', 'b'],
            ['c', 'd'],
          ],
        ],
        names,
      ),
    ).toEqual(new Map([['1', ['c', 'd']]]));
  });
  it('leave containers that are not named with the first group', () => {
    expect(separated([[['a'], ['b']]], names)).toEqual(new Map([['1', ['b']]]));
  });
  it('combine: only who is together in all of them stays together', () => {
    const layers = [
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
      [
        ['a', 'c'],
        ['b', 'd'],
      ],
    ];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.constantFrom(...names), (x, y) => {
        const together = layers.every((groups) => groups.some((g) => g.includes(x) && g.includes(y)));
        expect(placeOf(layers, x) === placeOf(layers, y)).toBe(together);
      }),
    );
  });
});

it('takes the main archive, not the one for security updates', () => {
  expect(pickMirror('Debian-Security|http://a/security/\nDebian|http://b/debian/\n')).toBe('http://b/debian');
  expect(pickMirror('Third|http://a/\n')).toBeUndefined();
});

it('packs files so that the engine can unpack them', async () => {
  const archive = await tarOf({ '/etc/x.conf': 'größe', '/b': Buffer.from([0, 1]) });
  expect(archive.length % 512).toBe(0);
  expect((await firstFile(Readable.from([archive])))?.toString()).toBe('größe');
});

it('knows that 32 nodes are too many for a table of 1024 entries', () => {
  expect(entriesFor(32)).toBeGreaterThan(1024);
  expect(entriesFor(20)).toBeLessThan(1024);
});
