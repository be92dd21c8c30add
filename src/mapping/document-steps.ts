import type { JsonScanner, Steps } from '../util/index.ts'

/** Bytes that are read between two steps: about a fifth of a millisecond. */
const stepBytes = 2 ** 14

/** A member or an element takes as long as so many bytes more: of a field of its own 5 us. */
const readBytes = 64

/** Deeper ones are always steps, which take less of the stack than calls. */
const depthAtOnceMax = 64

type End = 'objectEnd' | 'arrayEnd'

/** What is left of an object or a list; null: nothing. */
export type Rest = Steps<void> | null

/** Goes through the objects and lists of a document in steps; what a member or element is its reader knows. */
export class DocumentSteps {
  readonly #scanner: JsonScanner
  #stepEnd = stepBytes

  constructor(scanner: JsonScanner) {
    this.#scanner = scanner
  }

  /** Reads members or elements up to the end of theirs: at once where they end in this step. */
  each(end: End, read: () => Rest): Rest {
    if (this.#scanner.depth > depthAtOnceMax) return this.#others(null, end, read)
    while (this.#scanner.next() !== end) {
      const rest = read()
      if (rest !== null || this.#isOverBehind()) return this.#others(rest, end, read)
    }
    return null
  }

  *#others(first: Rest, end: End, read: () => Rest): Steps<void> {
    if (first === null) yield
    else yield* first
    while (this.#scanner.next() !== end) {
      const rest = read()
      if (rest !== null) yield* rest
      if (this.#isOverBehind()) yield
    }
  }

  /** Whether the step is used up; the next one begins then. */
  isOver(): boolean {
    if (this.#scanner.end < this.#stepEnd) return false
    this.#stepEnd = this.#scanner.end + stepBytes
    return true
  }

  /** The same behind a member or an element that was read. */
  #isOverBehind(): boolean {
    this.#stepEnd -= readBytes
    return this.isOver()
  }

  /** As the scanner's skipValue. */
  *skip(): Steps<void> {
    const scanner = this.#scanner
    if (scanner.token !== 'objectStart' && scanner.token !== 'arrayStart') return
    for (const { depth } = scanner; scanner.depth >= depth;) {
      scanner.next()
      if (this.isOver()) yield
    }
  }
}
