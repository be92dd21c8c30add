/** Numbers of fields by full path: given once, never to another field. */
import { VectorStoreError } from '../util/index.ts'

/** Keys have 16 bits for a field. */
const fieldNumberMax = 0xffff
/** No field of an index has it. */
export const unusedNumber = 0

export class FieldNumbers {
  readonly #byPath: Map<string, number>
  #next: number

  /** @param next  The lowest number not given yet. */
  constructor(byPath: ReadonlyMap<string, number> = new Map(), next: number = unusedNumber + 1) {
    this.#byPath = new Map(byPath)
    this.#next = next
  }

  get next(): number {
    return this.#next
  }

  entries(): readonly (readonly [string, number])[] {
    return [...this.#byPath]
  }

  clone(): FieldNumbers {
    return new FieldNumbers(this.#byPath, this.#next)
  }

  numberOf(path: string): number {
    const known = this.#byPath.get(path)
    if (known !== undefined) return known
    if (this.#next > fieldNumberMax) {
      throw new VectorStoreError(
        'REQUEST_ARGUMENT',
        `an index has ${fieldNumberMax} fields at most over its life, wanted one more for [${path}]`
      )
    }
    const number = this.#next++
    this.#byPath.set(path, number)
    return number
  }
}
