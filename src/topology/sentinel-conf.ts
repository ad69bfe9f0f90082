/** sentinel.conf of a sentinel, written before it starts. */

import type { Access } from '../server/access.js';
import { quote } from './access.js';
import { primaryNameOf, type Seat } from './config.js';
import { directives } from './directives.js';
import { DATA } from './persistence.js';
import { linesFor, ownSettings, type Settings } from './settings.js';
import { tlsSettings } from './tls.js';
import type { TopologySpec } from './types.js';

/** Settings that stand behind "sentinel" and the name of the primary; those of `ofAll` behind "sentinel" alone. */
const ofPrimary = new Set(['notification-script', 'client-reconfig-script', 'master-reboot-down-after-period']);
const ofAll = new Set(['announce-port', 'deny-scripts-reconfig']);

/** Sentinels that know each other and every replica from the start need no discovery, which takes seconds. */
export function sentinelConf(spec: TopologySpec, seats: readonly Seat[], self: Seat, access: Access): string {
  const { quorum, downAfter, failoverTimeout, parallelSyncs, hostnames, config = {} } = spec.sentinels!;
  const settings: Settings = { ...config, ...ownSettings(spec, self) };
  const primary = seats.find(({ role }) => role === 'primary')!;
  const { user, password } = access.sentinels;
  const hostOf = ({ name, ip }: Seat): string => (hostnames ? name : ip);
  const about = (setting: string, value: string | number): string =>
    `sentinel ${setting} ${primaryNameOf(spec)} ${value}`;
  const written = Object.entries(settings).flatMap(([key, value]) =>
    ofPrimary.has(key)
      ? linesFor(value).map((line) => about(key, line))
      : directives({ [key]: value }).map((line) => `${ofAll.has(key) ? 'sentinel ' : ''}${line}`),
  );
  return `${[
    ...Object.entries(spec.tls ? tlsSettings(self.port) : { port: self.port })
      // A sentinel is on no bus.
      .filter(([key]) => key !== 'tls-cluster')
      .map((line) => line.join(' ')),
    'protected-mode no',
    'daemonize no',
    `dir ${DATA}`,
    'loglevel notice',
    ...written.filter((line) => !line.startsWith('sentinel ')),
    ...(hostnames ? ['sentinel resolve-hostnames yes', 'sentinel announce-hostnames yes'] : []),
    `sentinel myid ${self.id}`,
    `sentinel announce-ip ${hostOf(self)}`,
    `sentinel monitor ${primaryNameOf(spec)} ${hostOf(primary)} ${primary.port} ${quorum}`,
    about('down-after-milliseconds', downAfter),
    about('failover-timeout', failoverTimeout),
    about('parallel-syncs', parallelSyncs),
    ...(user === undefined ? [] : [about('auth-user', user)]),
    ...(password === undefined ? [] : [about('auth-pass', quote(password))]),
    ...written.filter((line) => line.startsWith('sentinel ')),
    ...seats.flatMap((seat) => {
      if (seat.role === 'replica') return [about('known-replica', `${hostOf(seat)} ${seat.port}`)];
      return seat.role === 'sentinel' && seat !== self
        ? [about('known-sentinel', `${hostOf(seat)} ${seat.port} ${seat.id}`)]
        : [];
    }),
  ].join('\n')}\n`;
}
