import { assert } from '../util/index.ts'

/** Counts who uses a thing; the last release lets it go. Starts with the reference of its maker. */
export class References {
  readonly #onLast: () => void
  #count = 1

  constructor(onLast: () => void) {
    this.#onLast = onLast
  }

  retain(): void {
    assert(this.#count > 0, 'what is let go is not retained again')
    this.#count += 1
  }

  release(): void {
    assert(this.#count > 0, 'every retain has one release')
    this.#count -= 1
    if (this.#count === 0) this.#onLast()
  }
}
