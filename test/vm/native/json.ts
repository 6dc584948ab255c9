// What JSON.stringify gives with one argument (the runner's own, json.c) and with three (QuickJS's): the values for which they differ.
class Named {
  constructor(readonly name: string) {}
}
class Told {
  toJSON(): unknown {
    return { told: true };
  }
}

const circular: Record<string, unknown> = {};
circular['self'] = circular;
let deep: unknown = 'end';
for (let i = 0; i < 100; i++) deep = i % 2 ? [deep] : { deep };
let rope = '';
for (let i = 0; i < 3000; i++) rope += String.fromCharCode(32 + (i % 90));

const VALUES: readonly unknown[] = [
  { Id: 'abc', Ports: { '80/tcp': [{ HostIp: '', HostPort: '8080' }], '53/udp': null }, ok: true, no: false, n: 0 },
  [1, -1, 0, -0, 2147483647, -2147483648, 2147483648, 1.5, 1e21, 1e-7, NaN, Infinity, -Infinity],
  ['', '"', '\\', '\b\f\n\r\t\v\0\x1f\x7f', 'é', '日本', '\ud800', '😀', rope],
  { a: undefined, b: () => 1, c: Symbol('s'), d: [undefined, () => 1, Symbol('s')] },
  { b: 1, 2: 'two', a: 3, 1: 'one', '4294967294': 'x', '4294967295': 'y', 4000000000: 'z' },
  { 'key "quoted"\n': 1, ключ: 2, ü: 3 },
  Object.create(null),
  Object.assign(Object.create(null) as object, { bare: 1 }),
  Object.create({ inherited: 1 }),
  { nested: new Date(0), more: [new Date(1)] },
  new Named('n'),
  [new Told(), { told: new Told() }],
  { get computed() { return [1]; } },
  [, 1, , 2, ,], // eslint-disable-line no-sparse-arrays
  new Array(3),
  Object.assign([1, 2], { extra: 3 }),
  new Uint8Array(3),
  new Map([[1, 2]]),
  [Object(1), Object('s'), Object(true)],
  new Proxy({ a: 1 }, {}),
  { toJSON: () => 'mine' },
  'text',
  '日',
  7,
  null,
  true,
  undefined,
  () => 1,
  deep,
  circular,
  [1n],
]; // prettier-ignore

const outcome = (stringify: () => string | undefined): string => {
  try {
    return `is ${String(stringify())}`;
  } catch (error) {
    return `throws ${String(error)}`;
  }
};

/** Pairs that differ: [quick, general]. */
export const jsonDifferences = (): string[][] =>
  VALUES.map((value) => [
    outcome(() => JSON.stringify(value)),
    outcome(() => JSON.stringify(value, undefined, '')),
  ]).filter(([quick, general]) => quick !== general);
