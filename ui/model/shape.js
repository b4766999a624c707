// Whether something that was read has the shape that it should; if not, where it goes wrong, in words.

/** A file that can't be read, with a message for whoever opened it. */
export class RecordingError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'RecordingError';
  }
}

/** @param {unknown} value */
function kind(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object'
    ? 'an object'
    : typeof value === 'string'
      ? 'a text'
      : typeof value === 'undefined'
        ? 'missing'
        : `a ${typeof value}`;
}

/**
 * Reads members of an object; each complaint names its place.
 */
export class Reader {
  /** @type {Record<string, unknown>} */
  #object;
  #where;

  /** @param {unknown} value @param {string} where */
  constructor(value, where) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new RecordingError(`${where} must be an object; it is ${kind(value)}.`);
    }
    this.#object = /** @type {Record<string, unknown>} */ (value);
    this.#where = where;
  }

  /** @param {string} name */
  place(name) {
    return this.#where === '' ? name : `${this.#where}.${name}`;
  }

  /** @param {string} name */
  raw(name) {
    return Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
  }

  /** @param {string} name @param {string} wanted @returns {never} */
  fail(name, wanted) {
    const value = this.raw(name);
    const is = value === undefined ? 'it is missing' : `it is ${kind(value)}`;
    throw new RecordingError(`${this.place(name)} must be ${wanted}; ${is}.`);
  }

  /** @param {string} name @returns {string} */
  text(name) {
    const value = this.raw(name);
    return typeof value === 'string' ? value : this.fail(name, 'a text');
  }

  /** @param {string} name @returns {string | null} */
  textOrNull(name) {
    const value = this.raw(name);
    return value === null || value === undefined
      ? null
      : typeof value === 'string'
        ? value
        : this.fail(name, 'a text or null');
  }

  /** @param {string} name @returns {number} */
  number(name) {
    const value = this.raw(name);
    return typeof value === 'number' && Number.isFinite(value) ? value : this.fail(name, 'a number');
  }

  /** @param {string} name @returns {number | null} */
  numberOrNull(name) {
    const value = this.raw(name);
    return value === null || value === undefined ? null : this.number(name);
  }

  /** @param {string} name @returns {boolean} */
  flag(name) {
    const value = this.raw(name);
    return typeof value === 'boolean' ? value : value === undefined ? false : this.fail(name, 'true or false');
  }

  /** @template {string} T @param {string} name @param {readonly T[]} words @returns {T} */
  word(name, words) {
    const value = this.raw(name);
    const found = words.find((word) => word === value);
    return found ?? this.fail(name, `one of ${words.join(', ')}`);
  }

  /** @param {string} name @returns {unknown[]} */
  list(name) {
    const value = this.raw(name);
    return Array.isArray(value) ? value : this.fail(name, 'a list');
  }

  /** @param {string} name @returns {[string, string][]} */
  pairs(name) {
    return this.list(name).map((pair, index) => {
      if (Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string' && typeof pair[1] === 'string')
        return [pair[0], pair[1]];
      throw new RecordingError(`${this.place(name)}[${index}] must be a pair of texts; it is ${kind(pair)}.`);
    });
  }

  /** @param {string} name */
  object(name) {
    return new Reader(this.raw(name), this.place(name));
  }
}
