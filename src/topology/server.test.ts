import { expect, test } from 'vitest';
import { parseVersion } from './server.js';

test.each([
  [
    'Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=x',
    { product: 'redis', version: '7.0.15' },
  ],
  ['Valkey server v=8.1.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', { product: 'valkey', version: '8.1.1' }],
  ['nginx version: nginx/1.22.1', undefined],
])('%s', (text, server) => expect(parseVersion(text)).toEqual(server));
