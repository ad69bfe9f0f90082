/** Sentinels and what they decide. */
export const sentinel = {};
