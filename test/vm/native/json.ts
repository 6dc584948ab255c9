// What JSON.stringify gives with one argument (the runner's own, json.c) and with three (QuickJS's), and JSON.parse with one (json_parse.c)
// and with two: the values and texts for which they differ.
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

const TEXTS: readonly string[] = [
  '{"Id":"abc","Ports":{"80/tcp":[{"HostIp":"","HostPort":"8080"}]},"ok":true,"no":false,"none":null,"n":0}',
  ' \t\n\r{ "a" : [ 1 , -2 , 3.5 , 1e3 , -1.25E-2 , 123456789 , 1234567890 , 12345678901234567890 , 0.1 , 1e999 ] } ',
  '{"b":1,"2":"two","a":3,"1":"one","4294967294":"x","4294967295":"y","b":"again","__proto__":{"x":1},"":0,"length":2}',
  '["", "\\"", "\\\\", "\\/\\b\\f\\n\\r\\t", "\\u0041\\u00e9", "\\u65e5\\ud83d\\ude00", "é", "日本", "\\ud800", "\u007f"]',
  '{"\\u0061":1,"ü":2,"ключ":3}',
  ...['[]', '{}', '""', '7', '-0', '"text"', 'null', ' true ', 'false'],
  ...['', ' ', '{', '[', '"', '[1,]', '{"a":1,}', '{"a" 1}', '{a:1}', "{'a':1}", '[1 2]', '01', '-', '1.', '.5', '1e', '+1', '0x1'],
  ...['"\\x"', '"\\u12"', '"\\u00g0"', '"\n"', '"a\\', 'nul', 'truely', 'undefined', 'NaN', '{}x', '[1]]', '\ufeff1', '1\u00a0', '[1]\0'],
  '['.repeat(60) + ']'.repeat(60),
  '[{"a":'.repeat(80) + '1' + '}]'.repeat(80),
  JSON.stringify(rope),
]; // prettier-ignore

/** Tells also what JSON.stringify does not: the order of names, and zeros. */
const shown = (value: unknown): string =>
  `${JSON.stringify(value, undefined, '')} ${Object.is(value, -0)} ${Object.getOwnPropertyNames(Object(value)).join()}`;

/** Pairs that differ: [quick, general]. */
export const jsonDifferences = (): string[][] =>
  [
    ...VALUES.map((value) => [
      outcome(() => JSON.stringify(value)),
      outcome(() => JSON.stringify(value, undefined, '')),
    ]),
    ...TEXTS.map((text) => [
      outcome(() => shown(JSON.parse(text))),
      outcome(() => shown(JSON.parse(text, (_name, value: unknown) => value))),
    ]),
  ].filter(([quick, general]) => quick !== general);
