/** The topology that examples with sentinels share: they are quick to suspect, so that a test does not wait for them. */
export const GUARDED = { kind: 'sentinel', sentinels: { down_after: '1s', failover_timeout: '2s' } };
