// Copy-on-write steps on the World's maps and lists.

/** The map with `key` set to `value`. */
export function put<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

/** The map without `key`; the same map if it was not there. */
export function drop<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map;
  const next = new Map(map);
  next.delete(key);
  return next;
}

/** The list with `item` at its end, cut at its start to `limit` items. */
export function append<T>(list: readonly T[], item: T, limit: number): readonly T[] {
  return list.length < limit ? [...list, item] : [...list.slice(list.length - limit + 1), item];
}

/** The map without its oldest entries once it holds more than `limit`; `keep` entries stay whatever their age. */
export function bound<K, V>(map: ReadonlyMap<K, V>, limit: number, keep: (value: V) => boolean): ReadonlyMap<K, V> {
  if (map.size <= limit) return map;
  const next = new Map(map);
  for (const [key, value] of map) {
    if (next.size <= limit * 0.75) break;
    if (!keep(value)) next.delete(key);
  }
  return next;
}
