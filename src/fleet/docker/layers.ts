/**
 * Several splits at once: two containers reach each other when every split leaves them in the same group.
 * { {a,b} {c} } and { {a,c} {b} } together leave nobody connected.
 */
export type Layer = readonly (readonly string[])[];

/** The group of a container in all layers: "0.1". Who is not named in a layer stays with its first group. */
export const placeOf = (layers: Iterable<Layer>, name: string): string =>
  [...layers]
    .map((groups) =>
      Math.max(
        0,
        groups.findIndex((group) => group.includes(name)),
      ),
    )
    .join('.');

/** Which containers have to leave the common switch, grouped by the switch they move to. */
export function separated(layers: Iterable<Layer>, names: Iterable<string>): Map<string, string[]> {
  const all = [...layers];
  const places = new Map<string, string[]>();
  for (const name of names) {
    const place = placeOf(all, name);
    if (/[^0.]/.test(place)) places.set(place, [...(places.get(place) ?? []), name]);
  }
  return places;
}
