// Iteration, [...spread], {...spread} and destructuring, also over what a program has changed.
/* eslint-disable no-sparse-arrays */

/** @param {(name: string, what: () => unknown) => void} say */
export function copies(say, keys) {
  say('spread', () => [
    [...[1, 2], ...[], ...'ab', ...new Set([3]), ...new Map([[4, 5]])],
    [0, ...[1, , 2]],
    [, ...[1]],
    [...[1], , ...[2]],
    Math.max(...[1, 5, 3]),
  ]);
  say('spread self', () => {
    const a = [1, 2];
    const b = [...a, ...a];
    a.push(3);
    b.push(9);
    return [a, b, b.length];
  });
  say('spread own iterator', () => {
    const a = [1, 2, 3];
    a[Symbol.iterator] = function* () {
      yield 'x';
    };
    return [[...a], Array.from(a)];
  });
  say('spread changed next', () => {
    const P = Object.getPrototypeOf([][Symbol.iterator]());
    const n = P.next;
    let calls = 0;
    P.next = function () {
      calls++;
      return n.call(this);
    };
    try {
      const r = [...[1, 2]];
      for (const x of [7]) r.push(x);
      return [r, calls];
    } finally {
      P.next = n;
    }
  });
  say('spread changed iterator', () => {
    const i = Array.prototype[Symbol.iterator];
    Array.prototype[Symbol.iterator] = function () {
      return {
        n: 0,
        next() {
          return { done: this.n++ > 1, value: 'v' };
        },
      };
    };
    try {
      return [
        [...[1, 2, 3]],
        (() => {
          const r = [];
          for (const x of [1]) r.push(x);
          return r;
        })(),
      ].length;
    } finally {
      Array.prototype[Symbol.iterator] = i;
    }
  });
  say('for of', () => {
    const a = [1, 2, 3],
      r = [];
    for (const x of a) {
      r.push(x);
      if (x < 5) a.push(x + 4);
      if (r.length === 3) a.length = 4;
    }
    return [r, a];
  });
  say('for of holes', () => {
    const r = [];
    for (const x of [1, , 3]) r.push(x === undefined ? 'u' : x);
    const it = [1, 2].entries();
    for (const [i, v] of it) r.push(i, v);
    for (const k of ['a', 'b'].keys()) r.push(k);
    return r;
  });
  say('iterator by hand', () => {
    const a = [1];
    const it = a[Symbol.iterator]();
    const r = [it.next()];
    a.push(2);
    r.push(it.next(), it.next());
    a.push(3);
    r.push(it.next());
    return r;
  });
  say('destructure', () => {
    const [a, , b = 'd', ...c] = [1, 2, undefined, 4, 5];
    const { x, ...rest } = { x: 1, y: 2, z: 3 };
    return [a, b, c, x, rest];
  });
  say('object spread', () => {
    const s = Symbol('s');
    const o = { a: 1, [s]: 2, 5: 'five', b: { c: 3 } };
    const c = { ...o };
    o.a = 9;
    c.b.c = 4;
    c.n = 1;
    delete c[5];
    return [
      keys(c),
      keys(o),
      c[s],
      { ...o, ...{ a: 'over' } },
      { z: 0, ...o },
      { ...null, ...undefined, ...[7], ...5 },
    ];
  });
  say('object spread flags', () => {
    const o = { a: 1, b: 2 };
    Object.defineProperty(o, 'h', { value: 3, enumerable: false });
    Object.defineProperty(o, 'r', { value: 4, enumerable: true });
    const f = Object.freeze({ p: 1 });
    const c = { ...o },
      d = { ...f };
    d.p = 2;
    d.q = 3;
    return [keys(c), keys(d)];
  });
  say('object spread getter', () => {
    let n = 0;
    const o = {
      get a() {
        return ++n;
      },
      b: 1,
    };
    return [{ ...o }, { ...o }, n];
  });
  say('object spread order', () => {
    const l = [];
    for (let i = 0; i < 3; i++) {
      const o = { a: 1, b: 2, c: 3 };
      const e = { ...o };
      delete o.a;
      o.a = 4;
      const g = { ...o };
      e.d = i;
      l.push(
        Object.keys(e).join(),
        Object.keys(g).join(),
        Object.keys({ ...e, b: 9 }).join(),
        JSON.stringify({ ...e, b: 9 }),
      );
    }
    return l;
  });
  say('object spread class', () => {
    class A {
      a = 1;
      get g() {
        return 1;
      }
    }
    const o = { ...new A() };
    return [
      Object.getPrototypeOf(o) === Object.prototype,
      keys(o),
      keys({ ...Object.create({ i: 1 }, { own: { value: 1, enumerable: true } }) }),
      keys({ ...Object.assign(Object.create(null), { n: 1 }) }),
    ];
  });
  say('object spread function', () => keys({ ...Object.assign(() => 1, { a: 1 }) }));
  say('assign', () => {
    const log = [];
    const t = {
      set a(v) {
        log.push(v);
      },
    };
    return [Object.keys(Object.assign(t, { a: 1, b: 2 })), log, Object.assign({}, [1, 2], 'x', null)];
  });
  say('writes to a copy', () => {
    const l = [];
    for (let i = 0; i < 4; i++) {
      const a = { x: 1, y: 2 };
      const b = { ...a };
      b.x = i;
      a.y = 10 + i;
      Object.defineProperty(b, 'y', { value: 'd', enumerable: false });
      l.push(JSON.stringify(a), JSON.stringify(b));
    }
    return l;
  });
}
