// The few lines that stand in for a framework: elements from a description, and lists that keep their nodes.

/** @typedef {Node | string | number | false | null | undefined} Child */
/** @typedef {Record<string, unknown>} Props */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @template {Element} E
 * @param {E} node
 * @param {Props | null} props `on…`: a listener; `true`: an empty attribute; `false`, `null`: none
 * @param {(Child | Child[])[]} children
 * @returns {E}
 */
function build(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) attribute(node, name, value);
  append(node, children);
  return node;
}

/**
 * @param {Element} node
 * @param {string} name
 * @param {unknown} value
 */
export function attribute(node, name, value) {
  if (typeof value === 'function') node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
  else if (value === false || value === null || value === undefined) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? '' : String(value));
}

/**
 * @param {Node} node
 * @param {(Child | Child[])[]} children
 */
function append(node, children) {
  for (const child of children.flat()) {
    if (child === false || child === null || child === undefined) continue;
    node.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/**
 * An HTML element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Props | null} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(name, props = null, ...children) {
  return build(document.createElement(name), props, children);
}

/**
 * An SVG element.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} name
 * @param {Props | null} [props]
 * @param {...(Child | Child[])} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function s(name, props = null, ...children) {
  return build(document.createElementNS(SVG, name), props, children);
}

/**
 * Puts other content into an element.
 * @param {Element} node
 * @param {...(Child | Child[])} children
 */
export function fill(node, ...children) {
  node.replaceChildren();
  append(node, children);
}

/**
 * Shows a list, and keeps the node of every item that stays: focus and open parts survive.
 * @template T
 * @param {Element} parent
 * @param {readonly T[]} items
 * @param {(item: T) => string} key
 * @param {(item: T) => Element} make
 * @param {(node: Element, item: T, index: number) => void} [update]
 */
export function keyed(parent, items, key, make, update) {
  const kept = new Map([...parent.children].map((node) => [node.getAttribute('data-key'), node]));
  items.forEach((item, index) => {
    const name = key(item);
    let node = kept.get(name);
    if (node) kept.delete(name);
    else {
      node = make(item);
      node.setAttribute('data-key', name);
    }
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
    update?.(node, item, index);
  });
  for (const node of kept.values()) node.remove();
}

/** @type {WeakMap<Element, string>} */
const drawn = new WeakMap();

/**
 * Whether what an element shows depends on something new. Drawing anew what is the same would take focus and selection
 * away from the reader.
 * @param {Element} node
 * @param {unknown} inputs everything that it depends on
 */
export function stale(node, inputs) {
  const key = JSON.stringify(inputs);
  if (drawn.get(node) === key) return false;
  drawn.set(node, key);
  return true;
}

/**
 * An element of the page that must be there.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`The page has no #${id}`);
  return node;
}

/** @returns {boolean} whether the reader asked for stillness */
export function still() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/**
 * Words that only a screen reader says.
 * @param {string} text
 */
export function unseen(text) {
  return h('span', { class: 'unseen' }, text);
}
