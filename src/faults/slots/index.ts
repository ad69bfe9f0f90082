/** Ownership and migration of hash slots. */
export const slots = {};
