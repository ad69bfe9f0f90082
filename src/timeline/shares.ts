/** What the writes of each kind of client came to: those that wait on a frozen primary lose what the others never hear of. */
import { OpKind, type Ops, Profile, type ProfileName, Status } from '../recording/tables.js';
import type { Ledger } from './types.js';

export function sharesOf(ops: Ops, lost: readonly number[]): NonNullable<Ledger['byProfile']> {
  const [profiles, kinds, statuses] = [ops.column('profile'), ops.column('kind'), ops.column('status')];
  const there = new Set(profiles);
  const shares = Object.values(Profile).map(() => ({ acknowledged: 0, lost: 0, unknown: 0 }));
  for (let i = 0; i < ops.length; i++) {
    if (kinds[i] !== OpKind.write || statuses[i] === Status.fail) continue;
    shares[profiles[i]!]![statuses[i] === Status.ok ? 'acknowledged' : 'unknown']++;
  }
  for (const row of lost) shares[profiles[row]!]!.lost++;
  const named = Object.entries(Profile) as [ProfileName, number][];
  return Object.fromEntries(named.flatMap(([name, profile]) => (there.has(profile) ? [[name, shares[profile]!]] : [])));
}
