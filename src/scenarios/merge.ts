/** Joining and cleaning scenario data before it is checked. */

type Data = Record<string, unknown>;

export const isMap = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Any value as a word: what a map calls itself is nobody's to decide, least of all a key "toString" in it. */
export const wordOf = (value: unknown): string =>
  Array.isArray(value) ? 'a list' : typeof value === 'object' && value !== null ? 'a map' : String(value);

/** Maps are merged key by key; lists and single values of the extending file replace those of its base. */
export function deepMerge(base: unknown, over: unknown): unknown {
  if (!isMap(base) || !isMap(over)) return over === undefined ? base : over;
  const merged: Data = { ...base };
  for (const [key, value] of Object.entries(over))
    set(merged, key, Object.hasOwn(base, key) ? deepMerge(base[key], value) : value);
  return merged;
}

/** `x-` keys are for people and for anchors. The same object reached twice (an alias) stays one object. */
export function withoutExtras(value: unknown, seen = new Map<object, unknown>()): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    seen.set(value, list);
    for (const item of value) list.push(withoutExtras(item, seen));
    return list;
  }
  const map: Data = {};
  seen.set(value, map);
  for (const [key, item] of Object.entries(value)) if (!key.startsWith('x-')) set(map, key, withoutExtras(item, seen));
  return map;
}

/** A plain assignment to `__proto__` would change the object's prototype instead of its content. */
function set(map: Data, key: string, value: unknown): void {
  Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true });
}
