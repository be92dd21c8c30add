/** Objects through which a script sees the document: doc['f'], field('f'), dates. */
import type { VectorFunction } from '../vector/index.ts'
import { ScriptFault } from './fault.ts'
import type { Runtime } from './runtime.ts'
import type { ScriptField } from './types.ts'
import { JavaNumber, ScriptObject, asNumber, isEqual } from './value.ts'

const int = (value: number): JavaNumber => new JavaNumber('int', value)

function unknownMember(object: ScriptObject, name: string): ScriptFault {
  return new ScriptFault(
    'IllegalArgumentException',
    `dynamic getter [${object.typeName}, ${name}] not found`
  )
}

function unknownMethod(object: ScriptObject, name: string, args: readonly unknown[]): ScriptFault {
  return new ScriptFault(
    'IllegalArgumentException',
    `dynamic method [${object.typeName}, ${name}/${args.length}] not found`
  )
}

/** A moment: what doc values of a date give. */
class ScriptDate extends ScriptObject {
  readonly typeName: string = 'java.time.ZonedDateTime'
  readonly #date: Date

  constructor(ms: number) {
    super()
    this.#date = new Date(ms)
  }

  member(name: string): unknown {
    const date = this.#date
    const parts: Readonly<Record<string, number>> = {
      year: date.getUTCFullYear(),
      monthValue: date.getUTCMonth() + 1,
      dayOfMonth: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds()
    }
    if (name === 'millis') return new JavaNumber('long', date.getTime())
    if (Object.hasOwn(parts, name)) return int(parts[name]!)
    throw unknownMember(this, name)
  }

  call(name: string, args: readonly unknown[]): unknown {
    if (name === 'toInstant') return this
    if (name === 'toEpochMilli' || name === 'getMillis') return this.member('millis')
    if (name === 'toEpochSecond')
      return new JavaNumber('long', Math.floor(this.#date.getTime() / 1000))
    if (/^get[A-Z]/.test(name)) return this.member(name[3]!.toLowerCase() + name.slice(4))
    throw unknownMethod(this, name, args)
  }
}

/** doc['f']. */
export class DocField extends ScriptObject {
  readonly typeName: string = 'org.elasticsearch.index.fielddata.ScriptDocValues'
  readonly name: string
  readonly #runtime: Runtime
  readonly #field: ScriptField

  constructor(runtime: Runtime, name: string) {
    super()
    this.name = name
    this.#runtime = runtime
    this.#field = runtime.field(name)
  }

  size(): number {
    const { context, docId } = this.#runtime
    if (this.#field.kind === 'none') return 0
    if (this.#field.kind !== 'vector') return context.values(this.name, docId).length
    return context.vectorAt(this.name, docId) === null ? 0 : 1
  }

  values(): unknown[] {
    const { context, docId } = this.#runtime
    return context.values(this.name, docId).map((value) => boxValue(value, this.#field))
  }

  value(at: number): unknown {
    if (this.#field.kind === 'vector')
      throw new ScriptFault(
        'IllegalArgumentException',
        "accessing a vector field's value through 'get' or 'value' is not supported, use 'vectorValue' or 'magnitude' instead."
      )
    const values = this.values()
    if (values.length === 0)
      throw new ScriptFault(
        'IllegalStateException',
        "A document doesn't have a value for a field! Use doc[<field>].size()==0 to check if a document is missing a field!"
      )
    if (at < values.length) return values[at]
    throw new ScriptFault(
      'IndexOutOfBoundsException',
      `Index ${at} out of bounds for length ${values.length}`
    )
  }

  member(name: string): unknown {
    switch (name) {
      case 'value':
        return this.value(0)
      case 'values':
        return this.values()
      case 'empty':
        return this.size() === 0
      case 'length':
        return int(this.size())
      case 'vectorValue':
        return Float32Array.from(signedBytes(this.#runtime.vectorAt(this.name)))
      case 'magnitude':
        return new JavaNumber('float', this.#magnitude())
      default:
        throw unknownMember(this, name)
    }
  }

  #magnitude(): number {
    return magnitudeOf(this.#runtime.vectorAt(this.name))
  }

  call(name: string, args: readonly unknown[]): unknown {
    switch (name) {
      case 'size':
        return int(this.size())
      case 'isEmpty':
        return this.size() === 0
      case 'get':
        return this.value(asNumber(args[0]).value)
      case 'contains':
        return this.values().some((value) => isEqual(value, args[0]))
      default:
        if (/^get[A-Z]/.test(name)) return this.member(name[3]!.toLowerCase() + name.slice(4))
        throw unknownMethod(this, name, args)
    }
  }
}

/** Bytes of a bit vector are shown as Java's signed bytes. */
function signedBytes(vector: ArrayLike<number>): ArrayLike<number> {
  return vector instanceof Uint8Array ? Int8Array.from(vector) : vector
}

function boxValue(value: number | string | boolean, field: ScriptField): unknown {
  if (typeof value !== 'number') return value
  if (field.kind === 'date') return new ScriptDate(value)
  return new JavaNumber(field.kind === 'double' ? 'double' : 'long', value)
}

/** Length of a vector; of a bit vector the root of its set bits. */
function magnitudeOf(vector: ArrayLike<number>): number {
  let sum = 0
  const isBits = vector instanceof Uint8Array
  for (let at = 0; at < vector.length; at++) {
    const value = vector[at]!
    sum += isBits ? bitCount(value) : value * value
  }
  return Math.fround(Math.sqrt(sum))
}

function bitCount(byte: number): number {
  let count = 0
  for (let rest = byte; rest !== 0; rest &= rest - 1) count += 1
  return count
}

/** field('f'). */
export class FieldAccess extends ScriptObject {
  readonly typeName: string = 'org.elasticsearch.script.field.Field'
  readonly #runtime: Runtime
  readonly #name: string
  readonly #field: ScriptField

  constructor(runtime: Runtime, name: string) {
    super()
    this.#runtime = runtime
    this.#name = name
    this.#field = runtime.field(name)
  }

  /** `for (x in field('f'))`. */
  items(): unknown[] {
    if (this.#field.kind === 'vector')
      throw new ScriptFault(
        'UnsupportedOperationException',
        'Cannot iterate over single valued dense_vector field, use get() instead'
      )
    return new DocField(this.#runtime, this.#name).values()
  }

  member(name: string): unknown {
    return this.call(name, [])
  }

  call(name: string, args: readonly unknown[]): unknown {
    const doc = new DocField(this.#runtime, this.#name)
    if (name === 'isEmpty' || name === 'empty') return doc.size() === 0
    if (name === 'size') return int(doc.size())
    if (name === 'getName' || name === 'name') return this.#name
    if (name !== 'get') throw unknownMethod(this, name, args)
    if (this.#field.kind === 'vector')
      return doc.size() === 0 && args.length > 0
        ? args[0]
        : new DenseVector(this.#runtime, this.#name, this.#field.dims)
    const at = args.length > 1 ? asNumber(args[0]).value : 0
    const values = doc.values()
    return values[at] ?? args.at(-1) ?? null
  }
}

const vectorMethods: Readonly<Record<string, VectorFunction>> = {
  dotProduct: 'dot',
  cosineSimilarity: 'cosine',
  l1Norm: 'l1',
  l2Norm: 'l2',
  hamming: 'hamming'
}

/** field('v').get(). */
class DenseVector extends ScriptObject {
  readonly typeName: string = 'org.elasticsearch.script.field.vectors.DenseVector'
  readonly #runtime: Runtime
  readonly #name: string
  readonly #dims: number

  constructor(runtime: Runtime, name: string, dims: number) {
    super()
    this.#runtime = runtime
    this.#name = name
    this.#dims = dims
  }

  #vector(): ArrayLike<number> {
    const vector = this.#runtime.context.vectorAt(this.#name, this.#runtime.docId)
    if (vector !== null) return vector
    throw new ScriptFault(
      'IllegalArgumentException',
      'Dense vector value missing for a field, use isEmpty() to check for a missing vector value'
    )
  }

  #isEmpty(): boolean {
    return this.#runtime.context.vectorAt(this.#name, this.#runtime.docId) === null
  }

  member(name: string): unknown {
    if (name === 'empty') return this.#isEmpty()
    if (name === 'vector') return Float32Array.from(signedBytes(this.#vector()))
    if (name === 'magnitude') return new JavaNumber('float', magnitudeOf(this.#vector()))
    if (name !== 'dims') throw unknownMember(this, name)
    this.#vector()
    return int(this.#dims)
  }

  call(name: string, args: readonly unknown[]): unknown {
    if (name === 'isEmpty') return this.#isEmpty()
    if (name === 'size') return int(this.#isEmpty() ? 0 : 1)
    if (Object.hasOwn(vectorMethods, name)) {
      this.#vector()
      const compare = this.#runtime.bindVector(vectorMethods[name]!, args[0], this.#name)
      return new JavaNumber('double', compare(this.#runtime.docId))
    }
    if (/^get[A-Z]/.test(name)) return this.member(name[3]!.toLowerCase() + name.slice(4))
    throw unknownMethod(this, name, args)
  }
}
