/** A list of an answer whose elements are made when they are printed: ten thousand hits are never there at once. */
export class MadeList {
  readonly length: number
  readonly #elementAt: (at: number) => unknown

  /** @param elementAt  Makes an element; asked for it again, one that is printed the same. */
  constructor(length: number, elementAt: (at: number) => unknown) {
    this.length = length
    this.#elementAt = elementAt
  }

  *[Symbol.iterator](): Generator<unknown, void, undefined> {
    for (let at = 0; at < this.length; at++) yield this.#elementAt(at)
  }
}

/** What is printed in square brackets, numbers of typed arrays apart. */
export function isList(value: unknown): value is readonly unknown[] | MadeList {
  return Array.isArray(value) || value instanceof MadeList
}
