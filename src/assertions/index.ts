/** The objectives. YAML keys, JSON Schema, `redrill objectives`, completion and the docs table are derived from this object. */
import { availability, availability_worst_shard, client_availability, error_rate } from './availability.js';
import { wrong_expiries } from './expiries.js';
import {
  data_intact,
  nodes_agree,
  replicas_equal,
  slots_covered,
  values_changed,
  values_missing,
} from './final-state.js';
import {
  max_after,
  max_before,
  max_during,
  p50_after,
  p50_before,
  p50_during,
  p99_after,
  p99_before,
  p99_during,
} from './latency.js';
import { lost_acknowledged_writes, rpo_seconds } from './losses.js';
import { lost_messages, subscriber_deafness } from './messages.js';
import {
  phase_agreed,
  phase_client,
  phase_elected,
  phase_normal,
  phase_promoted,
  phase_redundant,
  phase_served,
  phase_suspected,
  time_to_agree,
  time_to_elect,
  time_to_normal,
  time_to_promote,
  time_to_suspect,
} from './phases.js';
import { client_recovery_time, recovery_time, redundancy_restored } from './recovery.js';
import { replica_read_errors, replica_staleness } from './replica-reads.js';
import { throughput_after, throughput_during } from './throughput.js';
import type { Objective } from './types.js';

export const objectives = {
  recovery_time,
  client_recovery_time,
  redundancy_restored,
  time_to_suspect,
  time_to_agree,
  time_to_elect,
  time_to_promote,
  time_to_normal,
  phase_suspected,
  phase_agreed,
  phase_elected,
  phase_promoted,
  phase_served,
  phase_client,
  phase_redundant,
  phase_normal,
  lost_acknowledged_writes,
  rpo_seconds,
  availability,
  availability_worst_shard,
  client_availability,
  error_rate,
  throughput_during,
  throughput_after,
  p50_before,
  p99_before,
  max_before,
  p50_during,
  p99_during,
  max_during,
  p50_after,
  p99_after,
  max_after,
  slots_covered,
  nodes_agree,
  data_intact,
  values_missing,
  values_changed,
  replicas_equal,
  wrong_expiries,
  lost_messages,
  subscriber_deafness,
  replica_staleness,
  replica_read_errors,
} as const satisfies Record<string, Objective>;

export type ObjectiveName = keyof typeof objectives;
