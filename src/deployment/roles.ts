/** What the roles that a server begins in differ in, whatever the kind of deployment. */
import type { BeginRole } from './types.js';

export interface RoleTraits {
  /** How nodes of this role are called together. */
  group: string;
  /** It watches the others, and keeps no data. */
  watches: boolean;
  /** It belongs to nothing at first. */
  outside: boolean;
}

export const roles: Record<BeginRole, RoleTraits> = {
  primary: { group: 'primaries', watches: false, outside: false },
  replica: { group: 'replicas', watches: false, outside: false },
  sentinel: { group: 'sentinels', watches: true, outside: false },
  spare: { group: 'spares', watches: false, outside: true },
  stranger: { group: 'strangers', watches: false, outside: true },
};

export const watches = ({ role }: { role: BeginRole }): boolean => roles[role].watches;
export const isOutsider = (role: BeginRole): boolean => roles[role].outside;
