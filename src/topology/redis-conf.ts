/** redis.conf of a server, written before it starts. */
import type { Server } from '../deployment/types.js';
import { atLeast } from '../deployment/versions.js';
import type { Access } from '../server/access.js';
import { accessConf } from './access.js';
import type { Seat } from './config.js';
import { directives } from './directives.js';
import { kindOf } from './kinds/index.js';
import { DATA, persistenceLines } from './persistence.js';
import { type Settings, settingsFor } from './settings.js';
import { tlsSettings } from './tls.js';
import type { TopologySpec } from './types.js';

/** Our defaults make a drill repeatable; anything the scenario says wins. */
export function redisConf(spec: TopologySpec, seat: Seat, server: Server, access: Access): string {
  const kind = kindOf(spec);
  const settings: Settings = {
    port: String(seat.port),
    'protected-mode': 'no',
    daemonize: 'no',
    dir: DATA,
    loglevel: 'notice',
    ...persistenceLines(spec),
    'repl-diskless-sync-delay': '0',
    'repl-ping-replica-period': '1',
    ...(atLeast(server, 7, 0) && { 'enable-debug-command': 'yes', 'enable-protected-configs': 'yes' }),
    ...kind.settings(seat, spec, server),
    ...settingsFor(spec, seat),
    ...(spec.tls && tlsSettings(seat.port)),
    ...kind.boot,
  };
  return `${[...directives(settings), ...accessConf(spec, access, atLeast(server, 6, 2))].join('\n')}\n`;
}
