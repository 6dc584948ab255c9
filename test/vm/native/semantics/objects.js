// How objects get, keep and lose properties: literals and the shapes that they share, functions, reads through prototypes.
/* eslint-disable @typescript-eslint/no-unused-vars */

/** @param {(name: string, what: () => unknown) => void} say */
export function objects(say, keys) {
  const make = (a, b) => ({ a, b, c: a + b, d: [a], e: { b } });
  say('literal', () => {
    const l = [];
    for (let i = 0; i < 50; i++) {
      const o = make(i, 2 * i);
      if (i % 3 === 0) delete o.b;
      if (i % 5 === 0) o.z = i;
      if (i % 4 === 0) Object.defineProperty(o, 'c', { enumerable: false });
      if (i % 7 === 0) Object.freeze(o);
      l.push(Object.keys(o).join() + JSON.stringify(o));
    }
    return l.join('|');
  });
  say('redefine', () => {
    const l = [];
    for (let i = 0; i < 3; i++) {
      const o = { x: 1, y: 2, ['x'.slice()]: 3 };
      l.push(keys(o));
    }
    return l;
  });
  say('proto in literal', () => {
    const p = { q: 1 };
    const l = [];
    for (let i = 0; i < 3; i++) {
      const o = { a: 1, __proto__: p, b: 2 };
      l.push(o.q, Object.getPrototypeOf(o) === p, Object.keys(o));
    }
    return l;
  });
  say('set prototype', () => {
    const l = [];
    for (let i = 0; i < 4; i++) {
      const o = { a: 1, b: 2 };
      if (i & 1) Object.setPrototypeOf(o, { z: i });
      o.c = 3;
      l.push(o.z, Object.keys(o).join());
    }
    return l;
  });
  say('accessors', () => {
    const l = [];
    for (let i = 0; i < 3; i++) {
      const o = {
        a: 1,
        get b() {
          return this.a + i;
        },
        set b(v) {
          this.a = v;
        },
        c: 3,
      };
      o.b = 10 + i;
      l.push(o.a, o.b, keys(o));
    }
    return l;
  });
  say('many', () => {
    const l = [];
    for (let k = 0; k < 4; k++) {
      const o = {};
      for (let i = 0; i < 80; i++) o['k' + ((i * 7) % 80)] = i;
      for (let i = 0; i < 80; i += 3) delete o['k' + i];
      l.push(Object.keys(o).join());
    }
    return l;
  });
  say('index keys', () => {
    const l = [];
    for (let k = 0; k < 3; k++) {
      const o = { b: 1, 2: 'two', a: 1, 1: 'one' };
      l.push(Object.keys(o).join(), Object.keys({ ...o, 0: 1 }).join());
    }
    return l;
  });
  say('not extensible', () => {
    'use strict';
    const l = [];
    for (let k = 0; k < 3; k++) {
      const o = { a: 1 };
      if (k === 1) Object.preventExtensions(o);
      try {
        o.b = 2;
        l.push('ok');
      } catch (e) {
        l.push('no');
      }
      l.push(Object.keys(o).join());
    }
    return l;
  });
  say('private', () => {
    class A {
      #x = 1;
      y = 2;
      static has(o) {
        return #x in o;
      }
      get x() {
        return this.#x;
      }
    }
    const a = new A(),
      b = { ...a };
    return [A.has(a), A.has(b), a.x, Object.keys(b)];
  });
  say('class fields', () => {
    class A {
      a = 1;
      b = this.a + 1;
      ['c' + 1] = 3;
      m() {
        return 1;
      }
    }
    class B extends A {
      d = 4;
    }
    const l = [];
    for (let i = 0; i < 3; i++) l.push(Object.keys(new B()).join(), new B().m());
    return l;
  });
  say('functions', () => {
    const l = [];
    for (let i = 0; i < 3; i++) {
      const f = (a, b) => a,
        g = function named(a) {},
        h = async () => 1;
      l.push(keys(f), f.name, f.length, g.name, h.name, Object.keys(g), 'prototype' in f, 'prototype' in g);
      f.x = 1;
      delete f.name;
      l.push(Reflect.ownKeys(f).map(String).join());
    }
    return l;
  });
  say('many kinds', () => {
    let n = 0;
    for (let k = 0; k < 3; k++)
      for (let i = 0; i < 1500; i++) {
        const o = {};
        o['a' + (i % 700)] = i;
        o.b = 1;
        o['c' + (i % 31)] = 2;
        n += Object.keys(o).length + o.b + (o['c' + (i % 31)] ?? 100);
      }
    return n;
  });
  say('inherited', () => {
    class A {
      get g() {
        return 'A' + this.v;
      }
      m() {
        return 'm';
      }
    }
    A.prototype.p = 5;
    const o = new A();
    o.v = 1;
    const l = [];
    for (let i = 0; i < 6; i++) {
      l.push(o.g, o.m(), o.p, o.none);
      if (i === 1) A.prototype.p = 6;
      if (i === 2)
        Object.defineProperty(A.prototype, 'p', {
          get() {
            return 'got';
          },
        });
      if (i === 3) delete A.prototype.p;
      if (i === 4) Object.setPrototypeOf(A.prototype, { none: 'some' });
    }
    return l;
  });
  say('own hides', () => {
    const p = { a: 1 },
      o = Object.create(p);
    const l = [o.a];
    o.a = 2;
    l.push(o.a);
    delete o.a;
    l.push(o.a);
    delete p.a;
    l.push(o.a);
    return l;
  });
  say('proxy', () => {
    const log = [];
    const t = new Proxy(
      { a: 1 },
      {
        get(x, k) {
          log.push(String(k));
          return x[k];
        },
        has(x, k) {
          log.push('has ' + String(k));
          return k in x;
        },
        ownKeys(x) {
          log.push('keys');
          return Reflect.ownKeys(x);
        },
        getOwnPropertyDescriptor(x, k) {
          log.push('desc ' + String(k));
          return Reflect.getOwnPropertyDescriptor(x, k);
        },
      },
    );
    const o = Object.create(t);
    log.push(o.a, o.b, { ...t }.a, Object.keys({ ...t }).join());
    return log;
  });
  say('array as prototype', () => {
    const a = [1, 2, 3];
    a.own = 'o';
    const o = Object.create(a);
    return [o.length, o[1], o.own, o.push === a.push, o.none, [...o]];
  });
  say('exotic', () => {
    const u = new Uint8Array([1, 2]);
    const o = Object.create(u);
    return [
      u.length,
      u[5],
      u.foo,
      u['1'],
      u['1.5'],
      'abc'.length,
      'abc'[1],
      'abc'.none,
      (5).none,
      true.none,
      typeof (5).toFixed,
      Object('xy').length,
      Object('xy')[1],
    ];
  });
  say('null', () => null.x);
  say('undefined', () => undefined.length);
  say('missing', () => {
    let o = {};
    return o.a.b;
  });
  say('symbol', () => Symbol('d').description);
  say('uninitialised', () => {
    const r = x;
    let x = 1;
    return [r, x];
  });
  say('arguments', () =>
    (function (a, b) {
      return [arguments.length, arguments[1], arguments.none, [...arguments], Array.prototype.slice.call(arguments, 1)];
    })(1, 2, 3),
  );
}
