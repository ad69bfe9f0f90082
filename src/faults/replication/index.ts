/** The link between a primary and its replicas: broken, slow, or to the wrong node. */
import { breakReplicationLink } from './break-replication-link.js';

export const replication = { 'break-replication-link': breakReplicationLink };
