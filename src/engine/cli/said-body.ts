// What a request's span says of its body: a marker holds a kilobyte, a container's configuration is larger and mostly defaults.
/** As JSON, in which a text that is cut has its quotes escaped once more. */
const LONGEST = 600;

/** The body without what is empty (null, '', 0, false, [], {}); one that is still too long is cut, and then a text. */
export function saidBody(body: unknown): { body?: unknown } {
  const said = withoutEmpty(body);
  if (said === undefined) return {};
  const text = JSON.stringify(said);
  if (text.length <= LONGEST) return { body: said };
  let cut = text;
  while (JSON.stringify(cut).length > LONGEST) cut = cut.slice(0, Math.floor(cut.length * 0.8));
  return { body: `${cut}…` };
}

function withoutEmpty(value: unknown): unknown {
  if (value === null || value === undefined || value === '' || value === 0 || value === false) return undefined;
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.length > 0 ? value : undefined;
  const kept: Record<string, unknown> = {};
  let any = false;
  for (const name in value) {
    const given = (value as Record<string, unknown>)[name];
    // Most of a hundred fields are empty: only what may hold something is looked into.
    if (!given) continue;
    const inner = typeof given === 'object' ? withoutEmpty(given) : given;
    if (inner === undefined) continue;
    kept[name] = inner;
    any = true;
  }
  return any ? kept : undefined;
}
