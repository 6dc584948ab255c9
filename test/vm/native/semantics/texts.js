// Templates, comparisons of texts, and instanceof.
/* eslint-disable use-isnan, no-compare-neg-zero, no-constant-binary-expression */

/** @param {(name: string, what: () => unknown) => void} say */
export function texts(say) {
  say('template', () => [
    `${1}a${-5}b${0}`,
    `a${1.5}b${true}${null}${undefined}`,
    `ä${'é'}`,
    `€${'a'}${12}`,
    `a${'€'}b`,
    ''.concat(),
    'a'.concat('b', 3, 'c', -2147483648),
    `${{
      toString() {
        return 'o';
      },
    }}x`,
    `${[1, 2]}`,
    `${'x'.repeat(300)}${'y'.repeat(9000)}`.length,
    `${'€'.repeat(5000)}${'y'.repeat(5000)}`.charCodeAt(9999),
    `${'a'.repeat(8190)}${123}`.slice(-4),
  ]);
  say('template throws', () => `${Symbol('x')}`);
  say('template order', () => {
    const l = [];
    const o = (n) => ({
      toString() {
        l.push(n);
        return n;
      },
    });
    return [`${o('a')}${1}${o('b')}`, 'x'.concat(o('c'), 's', o('d')), l.join('')];
  });
  say('concat', () => [String.prototype.concat.call(5, 'a'), String.prototype.concat.call({ toString: () => 'q' }, 1)]);
  say('concat null', () => String.prototype.concat.call(null, 1));
  say('long', () => {
    let s = '';
    for (let i = 0; i < 3000; i++) s = `${s}${i},`;
    let h = 0;
    for (let i = 0; i < s.length; i++) h = (h * 31 + s.charCodeAt(i)) | 0;
    return [s.length, h];
  });
  say('equal', () => {
    const a = 'ab',
      b = ['a', 'b'].join(''),
      w = 'a€';
    return [
      a === b,
      a !== b,
      a === 'ac',
      a === 'abc',
      a !== 'abc',
      a === w,
      w === 'a' + '€',
      a === 5,
      a == b,
      '' === '',
      NaN === NaN,
      a === new String('ab'),
      'x'.repeat(9000) + 'y' === 'x'.repeat(9000) + 'y',
      'x'.repeat(9000) + 'y' !== 'x'.repeat(9000) + 'z',
      a.concat('') === a,
      null === undefined,
      0 === -0,
      1n === 1n,
    ];
  });
  say('instanceof', () => {
    class A {}
    class B extends A {}
    class E {
      static [Symbol.hasInstance](v) {
        return v === 1;
      }
    }
    const f = A.bind(null);
    return [
      new B() instanceof A,
      new A() instanceof B,
      1 instanceof E,
      2 instanceof E,
      5 instanceof Number,
      new A() instanceof f,
      [] instanceof Object,
      Object.create(null) instanceof Object,
      (() => 1) instanceof Function,
    ];
  });
  say('instanceof throws', () => 1 instanceof {});
  say('instanceof arrow', () => ({}) instanceof (() => 1));
  say('instanceof null', () => 1 instanceof null);
  say('instanceof undefined hasInstance', () => {
    function F() {}
    Object.defineProperty(F, Symbol.hasInstance, { value: undefined });
    return new F() instanceof F;
  });
}
