/** Clocks. */
export const time = {};
