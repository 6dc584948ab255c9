// The parts of a figure: elements made once, changed only where something is different. A browser lays an SVG text out anew
// whenever it is touched, also when it is given what it has.

const SVG = 'http://www.w3.org/2000/svg';

type PartName = 'rect' | 'text' | 'path' | 'line' | 'circle' | 'ellipse';
type Attributes = Readonly<Record<string, string | number | undefined>>;

const parts = new WeakMap<Element, Map<string, SVGElement>>();

/** Adds a part to a figure's group; `name` is its class, and by it the sign finds it again. */
export function add(group: SVGGElement, kind: PartName, name: string, attributes: Attributes = {}): SVGElement {
  const element = group.ownerDocument.createElementNS(SVG, kind);
  element.setAttribute('class', name);
  group.append(element);
  const known = parts.get(group) ?? new Map<string, SVGElement>();
  parts.set(group, known.set(name, element));
  set(element, attributes);
  return element;
}

/** A part that add() has made. */
export function part(group: SVGGElement, name: string): SVGElement {
  const found = parts.get(group)?.get(name);
  if (!found) throw new RangeError(`the sign has no part ${name}`);
  return found;
}

/** Gives an element attributes; undefined takes one away. */
export function set(element: Element, attributes: Attributes): void {
  for (const name in attributes) {
    const value = attributes[name];
    if (value === undefined) {
      if (element.hasAttribute(name)) element.removeAttribute(name);
      continue;
    }
    const text = String(value);
    if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

/** Gives an element this text. */
export function write(element: Element, text: string): void {
  const node = element.firstChild;
  if (node?.nodeType === 3 && !node.nextSibling) {
    if ((node as Text).data !== text) (node as Text).data = text;
  } else if (node || text !== '') element.textContent = text;
}
