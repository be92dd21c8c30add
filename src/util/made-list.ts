/** A list whose elements are made when they are asked for: ten thousand hits are never there at once. */
export class MadeList<T = unknown> {
  readonly length: number
  readonly #elementAt: (at: number) => T

  /** @param elementAt  Makes an element; asked for it again, one that is printed the same. */
  constructor(length: number, elementAt: (at: number) => T) {
    this.length = length
    this.#elementAt = elementAt
  }

  /** As of an array: from the end where negative, undefined where there is none. */
  at(at: number): T | undefined {
    const place = at < 0 ? this.length + at : at
    return place >= 0 && place < this.length ? this.#elementAt(place) : undefined
  }

  /** A part of it. */
  slice(from: number, to: number): MadeList<T> {
    const end = Math.min(to, this.length)
    return new MadeList(Math.max(0, end - from), (at) => this.#elementAt(from + at))
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let at = 0; at < this.length; at++) yield this.#elementAt(at)
  }
}

/** Elements that are there, or made when they are asked for. Both have `length`, `at`, `slice` and an iterator. */
export type ListOf<T> = readonly T[] | MadeList<T>

/** What is printed in square brackets, numbers of typed arrays apart. */
export function isList(value: unknown): value is ListOf<unknown> {
  return Array.isArray(value) || value instanceof MadeList
}

/** A list of something else for each element: there where those are, else made when asked for. */
export function mapList<T, U>(list: ListOf<T>, map: (element: T) => U): ListOf<U> {
  if (!(list instanceof MadeList)) return list.map((element) => map(element))
  return new MadeList(list.length, (at) => map(list.at(at)!))
}
