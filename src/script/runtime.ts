import type { Vector, VectorFunction } from '../vector/index.ts'
import { ScriptFault } from './fault.ts'
import { readQueryVector } from './query-vector.ts'
import type { ScriptContext, ScriptField } from './types.ts'

/** Statements of loops that one document may cost. Painless has the same limit. */
const stepsMax = 1_000_000

/** What a script reads and writes while it runs over the documents of one segment. One for the segment, used again and again. */
export class Runtime {
  readonly context: ScriptContext
  readonly slots: unknown[]
  docId: number = -1
  score: number = 0
  /** Place in the text of what runs now, for error messages. */
  offset: number = 0
  #steps: number = 0

  constructor(context: ScriptContext, slotCount: number) {
    this.context = context
    this.slots = Array.from({ length: slotCount }, () => null)
  }

  start(docId: number, score: number): void {
    this.docId = docId
    this.score = score
    this.#steps = 0
  }

  /** One more turn of a loop, or work that costs as much as `count` turns. */
  step(count: number = 1): void {
    this.#steps += count
    if (this.#steps > stepsMax)
      throw new ScriptFault(
        'PainlessError',
        'The maximum number of statements that can be executed in a loop has been reached.'
      )
  }

  /** Errors  ScriptFault when the mapping does not have the field. */
  field(name: string): ScriptField {
    const field = this.context.field(name)
    if (field === null)
      throw new ScriptFault('IllegalArgumentException', `No field found for [${name}] in mapping`)
    if (field.kind === 'unreadable') throw new ScriptFault('IllegalArgumentException', field.reason)
    return field
  }

  vectorAt(name: string): Vector {
    const vector = this.context.vectorAt(name, this.docId)
    if (vector === null) throw missingVector()
    return vector
  }

  /** A vector function bound to its query, for the documents of the segment. */
  bindVector(name: VectorFunction, query: unknown, fieldName: string): (docId: number) => number {
    const field = this.field(fieldName)
    // Mapped, but without dims so far: no document has a vector.
    if (field.kind === 'none') throw missingVector()
    if (field.kind !== 'vector')
      throw new ScriptFault(
        'ClassCastException',
        `field [${fieldName}] is of type [${field.kind}], wanted a vector field`
      )
    return this.context.vectorFunction(name, fieldName, readQueryVector(query, field, name))
  }
}

function missingVector(): ScriptFault {
  return new ScriptFault(
    'IllegalArgumentException',
    "A document doesn't have a value for a vector field!"
  )
}
