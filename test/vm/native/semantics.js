// What guest/native/quickjs.patch takes short ways for, each case a line: the interpreter and V8 must tell the same (test/vm/native.test.ts).
import { copies } from './semantics/copies.js';
import { lists } from './semantics/lists.js';
import { objects } from './semantics/objects.js';
import { texts } from './semantics/texts.js';

const lines = [];

/** A case: its result, or what it throws. */
function say(name, what) {
  let result;
  try {
    result = what();
  } catch (error) {
    result = `throws ${error.constructor.name}`;
  }
  lines.push(`${name}: ${typeof result === 'string' ? result : JSON.stringify(result, plain)}`);
}

function plain(_key, value) {
  if (value === undefined) return '<undefined>';
  return typeof value === 'symbol' || typeof value === 'function' ? `<${typeof value}>` : value;
}

/** All properties of an object in their order, with their values and flags. */
function keys(object) {
  return Reflect.ownKeys(object).map((key) => {
    const { value, get, ...flags } = Object.getOwnPropertyDescriptor(object, key);
    return [String(key), value === undefined ? 0 : value, !!get, JSON.stringify(flags)];
  });
}

// Twice: the second time everything has been seen before.
for (let round = 0; round < 2; round++) for (const cases of [objects, lists, copies, texts]) cases(say, keys);
const text = `${lines.join('\n')}\n`;
if (globalThis.process) globalThis.process.stdout.write(text);
else {
  const SYS_write = 4;
  const bytes = globalThis.__native.utf8Encode(text);
  for (let at = 0; at < bytes.length; at += 4096) {
    const part = bytes.slice(at, at + 4096);
    globalThis.__native.call(SYS_write, 1, part, part.length);
  }
}
