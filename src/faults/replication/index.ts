/** Links between a primary and its replicas. */
export const replication = {};
