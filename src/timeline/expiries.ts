/**
 * Did keys with a time to live live as long as they were to? The server counts from some moment between the sending of a write
 * and its acknowledgement:
 *
 *   sent ─┬─ acknowledged            due: sent + ttl … acknowledged + ttl, ± what an answer may take
 *         └──────────── time to live ────────────┘
 */
import { EXPIRY_TOLERANCE, expiringKey, timeToLive } from '../recording/keys.js';
import type { Recording } from '../recording/recording.js';
import { OpKind, Status } from '../recording/tables.js';
import type { ExpiryReport, WrongExpiry } from './types.js';

/** How many are listed. */
const LISTED = 100;

const GONE = -2;
const FOREVER = -1;

export function expiriesOf({ expiries, ops, workload }: Recording): ExpiryReport | undefined {
  const { ttl, tags = [] } = workload;
  if (ttl === undefined || expiries.length === 0) return undefined;
  // A key that was asked for again after the last heal: whoever holds it counts.
  const answers = new Map<string, { t: number; left: number }>();
  for (let i = 0; i < expiries.length; i++) {
    const answer = { t: expiries.at(i, 't'), left: expiries.at(i, 'left') };
    const of = `${expiries.at(i, 'client')}:${expiries.at(i, 'seq')}`;
    if (answer.left > GONE || !answers.has(of)) answers.set(of, answer);
  }
  const report: ExpiryReport = { asked: 0, due: 0, wrong: { outlived: 0, forever: 0, later: 0, sooner: 0 }, keys: [] };
  for (let row = 0; row < ops.length; row++) {
    if (ops.at(row, 'kind') !== OpKind.write || ops.at(row, 'status') !== Status.ok) continue;
    const [client, seq] = [ops.at(row, 'client'), ops.at(row, 'seq')];
    const answer = answers.get(`${client}:${seq}`);
    if (!answer) continue;
    const lives = timeToLive(tags, client, seq, ttl);
    const due = { from: ops.at(row, 'sent') + lives, to: ops.at(row, 'done') + lives };
    report.asked++;
    if (answer.t > due.to + EXPIRY_TOLERANCE) report.due++;
    const found = wrongIn(answer, due);
    if (!found) continue;
    report.wrong[found.how]++;
    if (report.keys.length < LISTED) report.keys.push({ key: expiringKey(tags, client, seq), ...found });
  }
  return report;
}

function wrongIn(
  { t, left }: { t: number; left: number },
  due: { from: number; to: number },
): Pick<WrongExpiry, 'how' | 'by'> | undefined {
  if (left === GONE) return undefined;
  if (left === FOREVER) return { how: 'forever', by: null };
  if (t > due.to + EXPIRY_TOLERANCE) return { how: 'outlived', by: t + left - due.to };
  if (t + left > due.to + EXPIRY_TOLERANCE) return { how: 'later', by: t + left - due.to };
  if (t + left < due.from - EXPIRY_TOLERANCE) return { how: 'sooner', by: t + left - due.from };
  return undefined;
}
