/** Which parts of a JSON text are wanted: the rest is left out without making a value of any. */
import { JsonText, braceClose, braceOpen, bracketClose, bracketOpen, comma } from './json-text.ts'
import type { Steps } from './steps.ts'

/** What is wanted of a value. The elements of a list are asked the same as the list. */
export type TextFilter = {
  /** All of it. */
  readonly takesAll: boolean
  /** Nothing of it. */
  readonly isEmpty: boolean
  /** Of values without members they are wanted, of others what is left, be it nothing. Else those go of which nothing is left. */
  readonly keepsRest: boolean
  /** Of a member. */
  below(name: string): TextFilter
}

/**
 * The wanted parts of a text, in steps, in the order in which they stand.
 *
 * @param bytes  JSON that was checked.
 * @returns JSON without blanks, numbers as they stand; null: nothing was wanted.
 *
 * Cost     two nanoseconds a byte.
 */
export function* filterText(bytes: Uint8Array, filter: TextFilter): Steps<Uint8Array | null> {
  const sieve = new Sieve(bytes)
  let wanted: TextFilter | null = filter
  while (wanted !== null) {
    if (!sieve.open(wanted)) {
      const isKept = wanted.takesAll || (!wanted.isEmpty && wanted.keepsRest)
      while (!sieve.pass(isKept)) yield
    }
    wanted = sieve.next()
    if (sieve.isStepOver()) yield
  }
  return sieve.kept
}

/** An object or list that is open. */
type Level = {
  readonly filter: TextFilter
  readonly isObject: boolean
  /** Length of the copy before it, its comma and its name. */
  readonly before: number
  count: number
}

class Sieve {
  /** null: nothing is left. */
  kept: Uint8Array | null = null
  readonly #text: JsonText
  readonly #levels: Level[] = []
  /** Length of the copy before the value at which it stands. */
  #before = 0

  constructor(bytes: Uint8Array) {
    this.#text = new JsonText(bytes)
  }

  /** Goes into an object or list of which a part is wanted. False: it is something else. */
  open(filter: TextFilter): boolean {
    const text = this.#text
    const byte = text.peek()
    if (filter.takesAll || filter.isEmpty) return false
    if (byte !== braceOpen && byte !== bracketOpen) return false
    text.take()
    text.out.u8(byte)
    this.#levels.push({ filter, isObject: byte === braceOpen, before: this.#before, count: 0 })
    return true
  }

  /** A step through a value. True: it is over. */
  pass(isKept: boolean): boolean {
    const isOver = isKept ? this.#text.copy() : this.#text.skip()
    if (isOver) this.#end(isKept)
    return isOver
  }

  isStepOver(): boolean {
    return this.#text.isStepOver()
  }

  /** What is wanted of the next value; null: there is none. */
  next(): TextFilter | null {
    const text = this.#text
    for (;;) {
      const level = this.#levels.at(-1)
      if (level === undefined) return null
      const byte = text.peek()
      if (byte !== braceClose && byte !== bracketClose) return this.#member(level, byte)
      text.take()
      text.out.u8(byte)
      this.#levels.pop()
      this.#before = level.before
      this.#end(level.count > 0 || level.filter.keepsRest)
    }
  }

  #member(level: Level, byte: number): TextFilter {
    const text = this.#text
    this.#before = text.out.length
    if (byte === comma) {
      text.take()
      text.peek()
    }
    const wanted = level.isObject ? level.filter.below(text.takeName()) : level.filter
    if (wanted.isEmpty) return wanted
    if (level.count > 0) text.out.u8(comma)
    if (level.isObject) text.putName()
    return wanted
  }

  /** Behind a value. */
  #end(isKept: boolean): void {
    const { out } = this.#text
    const around = this.#levels.at(-1)
    if (!isKept) out.rewind(this.#before)
    else if (around === undefined) this.kept = out.view()
    else around.count += 1
  }
}
