// Which functions share a page of memory. The emulator translates guest code page by page, and going from one page's translation to
// another's costs as much as ten instructions: functions that call each other belong on one page, and what nobody calls on none of these.

/** A function's place in the program it was sampled in. */
export interface CodeFunction {
  readonly name: string;
  readonly address: number;
  readonly bytes: number;
}

/** How many instructions were run in each function, and how often control went from one to the other; functions by their addresses. */
export interface CodeUse {
  readonly instructions: ReadonlyMap<number, number>;
  readonly flow: readonly { readonly from: number; readonly to: number; readonly weight: number }[];
}

export const PAGE_BYTES = 4096;
/** The linker aligns a function to so many bytes. */
const ALIGNMENT = 16;
/** Groups are put on one of the last few pages begun: a group of little use does not land among those of much. */
const OPEN_PAGES = 12;

interface Group {
  readonly members: CodeFunction[];
  bytes: number;
  instructions: number;
}

/**
 * Pages of functions, the most used page first; only functions that ran are in it. A function of more than a page has its pages for itself.
 * The method is the one of Pettis and Hansen ("Profile guided code positioning", 1990), stopped when a group fills a page.
 */
export function pagesOf(functions: readonly CodeFunction[], use: CodeUse): CodeFunction[][] {
  const ran = functions.filter(({ address }) => use.instructions.has(address));
  const byUse = (a: Group, b: Group): number => b.instructions / b.bytes - a.instructions / a.bytes;
  const pages: Group[] = [];
  for (const group of grouped(ran, use).sort(byUse)) {
    const fitting = pages.slice(-OPEN_PAGES).filter((page) => page.bytes + group.bytes <= PAGE_BYTES);
    const fullest = fitting.reduce<Group | undefined>(
      (best, page) => (best && best.bytes >= page.bytes ? best : page),
      undefined,
    );
    if (fullest) join(fullest, group);
    else pages.push(group);
  }
  return pages.sort((a, b) => b.instructions - a.instructions).map(({ members }) => members);
}

/** Joins, heaviest flow first, what control goes between, as long as both fit on a page. */
function grouped(functions: readonly CodeFunction[], use: CodeUse): Group[] {
  const groups = new Map<number, Group>();
  const flows = new Map<number, Map<number, number>>();
  for (const func of functions) {
    const bytes = Math.ceil(func.bytes / ALIGNMENT) * ALIGNMENT;
    groups.set(func.address, { members: [func], bytes, instructions: use.instructions.get(func.address) ?? 0 });
    flows.set(func.address, new Map());
  }
  const add = (from: number, to: number, weight: number): number => {
    const sum = (flows.get(from)?.get(to) ?? 0) + weight;
    flows.get(from)?.set(to, sum);
    flows.get(to)?.set(from, sum);
    return sum;
  };
  for (const { from, to, weight } of use.flow)
    if (from !== to && groups.has(from) && groups.has(to)) add(from, to, weight);

  const waiting = [...flows].flatMap(([a, to]) =>
    [...to].filter(([b]) => a < b).map(([b, weight]) => ({ a, b, weight })),
  );
  waiting.sort(lighterFirst);
  for (let flow = waiting.pop(); flow; flow = waiting.pop()) {
    const { a, b, weight } = flow;
    const [into, from] = [groups.get(a), groups.get(b)];
    // Of groups that grew meanwhile, the new sum waits too.
    if (!into || !from || flows.get(a)?.get(b) !== weight || into.bytes + from.bytes > PAGE_BYTES) continue;
    join(into, from);
    groups.delete(b);
    const moved = flows.get(b) ?? new Map<number, number>();
    flows.delete(b);
    for (const [other, part] of moved) {
      flows.get(other)?.delete(b);
      if (other === a) continue;
      insert(waiting, { a: Math.min(a, other), b: Math.max(a, other), weight: add(a, other, part) });
    }
  }
  return [...groups.values()];
}

interface Flow {
  readonly a: number;
  readonly b: number;
  readonly weight: number;
}

/** Equal weights by address, so that the same samples give the same pages. */
const lighterFirst = (x: Flow, y: Flow): number => x.weight - y.weight || y.a - x.a || y.b - x.b;

/** Into a list that is sorted, by halving. */
function insert(list: Flow[], flow: Flow): void {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lighterFirst(list[middle] ?? flow, flow) < 0) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, flow);
}

function join(into: Group, from: Group): void {
  into.members.push(...from.members);
  into.bytes += from.bytes;
  into.instructions += from.instructions;
}
