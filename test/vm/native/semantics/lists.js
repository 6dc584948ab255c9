// Lists: what map, filter, slice and splice make, also where a program has changed what lists are made by.
/* eslint-disable no-sparse-arrays, @typescript-eslint/no-unused-vars */

/** @param {(name: string, what: () => unknown) => void} say */
export function lists(say) {
  const arrays = () => [
    [],
    [1],
    [1, 2, 3, 4],
    [1, , 3],
    ['a', undefined, null],
    new Array(5),
    Object.assign([1, 2], { x: 1 }),
    Object.freeze([7, 8]),
    Object.preventExtensions([9]),
  ];
  for (const m of ['slice', 'concat', 'flat', 'values', 'reverse', 'at'])
    say(m, () =>
      arrays().map((a, i) => {
        try {
          const r = a[m](1);
          return m === 'values' ? [...r] : [JSON.stringify(r), r && r.length, r && Object.keys(r).join()];
        } catch (e) {
          return e.constructor.name;
        }
      }),
    );
  say('map', () =>
    arrays().map((a) => {
      const r = a.map((x, i, l) => [x, i, l === a]);
      return [r.length, Object.keys(r).join(), JSON.stringify(r)];
    }),
  );
  say('filter', () =>
    arrays().map((a) => {
      const r = a.filter((x) => x !== 1);
      return [r.length, Object.keys(r).join()];
    }),
  );
  say('splice', () =>
    arrays().map((a) => {
      try {
        const r = a.splice(1, 1, 'n', 'm');
        return [r, r.length, a, a.length];
      } catch (e) {
        return e.constructor.name;
      }
    }),
  );
  say('some every find', () =>
    arrays().map((a) => {
      const seen = [];
      return [
        a.some((x, i) => {
          seen.push(i);
          return x === 3;
        }),
        a.every((x) => x),
        a.find((x) => x === undefined),
        a.findIndex((x) => x === undefined),
        a.includes(undefined),
        a.indexOf(undefined),
        seen.join(),
      ];
    }),
  );
  say('map shrinks', () => {
    const a = [1, 2, 3, 4];
    return [
      a.map((x) => {
        a.length = 2;
        return x;
      }),
      a.length,
    ];
  });
  say('filter grows', () => {
    const a = [1, 2];
    return [
      a.filter((x) => {
        a.push(x);
        return true;
      }),
      a,
    ];
  });
  say('map deletes', () => {
    const a = [1, 2, 3];
    Array.prototype[1] = 'p';
    try {
      return [
        a.map((x, i) => {
          if (i === 0) delete a[1];
          return x;
        }),
        [1, , 3].map((x) => x),
        [...[1, , 3]],
        [1, , 3].slice(),
      ];
    } finally {
      delete Array.prototype[1];
    }
  });
  say('getter in array', () => {
    const a = [1, 2, 3];
    Object.defineProperty(a, 1, {
      get() {
        return 'got';
      },
    });
    return [a.map((x) => x), a.slice(), [...a], a.length];
  });
  say('result of map', () => {
    const a = [1, 2, 3].map((x) => x);
    a.push(4);
    a.length = 2;
    a[5] = 6;
    return [a, a.length, [3, 2, 1].map((x) => x).sort()];
  });
  say('slice bounds', () => {
    const a = [0, 1, 2, 3, 4];
    return [
      a.slice(1, 3),
      a.slice(-2),
      a.slice(3, 1),
      a.slice(0, 99),
      a.slice(2, -1),
      a.slice(9),
      a.slice(NaN),
      a.slice({
        valueOf() {
          a.length = 1;
          return 0;
        },
      }),
    ];
  });
  say('slice length', () => {
    const a = [1, 2, 3];
    const b = a.slice(1);
    b.push(9);
    a[1] = 'x';
    return [a, b, b.length, Object.keys(b)];
  });
  say('species', () => {
    class L extends Array {}
    const l = L.from([1, 2, 3]);
    const m = l.map((x) => x),
      s = l.slice(1),
      f = l.filter((x) => x > 1);
    return [m instanceof L, s instanceof L, f instanceof L, m.length, s.length, l.concat([1]) instanceof L];
  });
  say('own constructor', () => {
    const a = [1, 2];
    a.constructor = {
      [Symbol.species]: function (n) {
        this.n = n;
      },
    };
    const r = a.map((x) => x);
    return [Array.isArray(r), r.n, r[1]];
  });
  say('prototype constructor', () => {
    const C = Array.prototype.constructor;
    class Mine extends Array {}
    Array.prototype.constructor = Mine;
    try {
      return [1, 2].map((x) => x) instanceof Mine;
    } finally {
      Array.prototype.constructor = C;
    }
  });
  say('species changed', () => {
    const d = Object.getOwnPropertyDescriptor(Array, Symbol.species);
    Object.defineProperty(Array, Symbol.species, {
      configurable: true,
      get() {
        return function (n) {
          return { mine: n, length: 0 };
        };
      },
    });
    try {
      return [[1, 2].map((x) => x).mine, [1, 2].slice(1).mine];
    } finally {
      Object.defineProperty(Array, Symbol.species, d);
    }
  });
  say('species deleted', () => {
    const d = Object.getOwnPropertyDescriptor(Array, Symbol.species);
    delete Array[Symbol.species];
    try {
      return [1, 2].map((x) => x + 1);
    } finally {
      Object.defineProperty(Array, Symbol.species, d);
    }
  });
  say('prototype of an array', () => {
    const a = [1, 2];
    Object.setPrototypeOf(a, null);
    return Array.prototype.map.call(a, (x) => x + 1);
  });
}
