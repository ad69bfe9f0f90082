/** What servers store: files on disk, keys, copies that should be equal. */
export const data = {};
