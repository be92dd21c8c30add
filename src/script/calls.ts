/** Functions that a script calls by name: vectors, Math, scores, and constructors. */
import type { VectorFunction } from '../vector/index.ts'
import type { Expression } from './ast.ts'
import { DocField, FieldAccess } from './doc-values.ts'
import { ScriptFault, ScriptSyntaxFault, isFaultName } from './fault.ts'
import { mathFunctions, scoreFunctions } from './math-functions.ts'
import type { MathFunction } from './math-functions.ts'
import type { Runtime } from './runtime.ts'
import type { Scope } from './scope.ts'
import { box, coerce, isNumber, toDouble } from './typed.ts'
import type { Typed } from './typed.ts'
import { classNameOf, textOf, widerType } from './value.ts'

const vectorFunctions: ReadonlyMap<string, VectorFunction> = new Map([
  ['dotProduct', 'dot'],
  ['cosineSimilarity', 'cosine'],
  ['l1norm', 'l1'],
  ['l2norm', 'l2'],
  ['hamming', 'hamming']
])

/** A call without a receiver. Errors  ScriptSyntaxFault when there is no such function. */
export function compileFunction(
  name: string,
  args: readonly Typed[],
  scope: Scope,
  offset: number
): Typed {
  const vector = vectorFunctions.get(name)
  if (vector !== undefined && args.length === 2)
    return compileVector(vector, args[0]!, args[1]!, scope, offset)
  const onNumbers = scoreFunctions.get(name)
  if (onNumbers?.arity === args.length) return compileMath(onNumbers, args, offset)
  if (name === 'field' && args.length === 1) {
    const of = box(args[0]!)
    return { type: 'def', run: (r) => new FieldAccess(r, textOf(of(r))) }
  }
  throw new ScriptSyntaxFault(`Unknown call [${name}] with [${args.length}] arguments.`, offset)
}

/** The query is bound once for a segment, and again only if it is not a constant and the script gives another list. */
function compileVector(
  name: VectorFunction,
  query: Typed,
  field: Typed,
  scope: Scope,
  offset: number
): Typed {
  const queryOf = box(query)
  const fieldOf = box(field)
  const slot = scope.hiddenSlot()
  const isConstant = query.isConstant === true && field.isConstant === true
  type Bound = { query: unknown; field: string; compare: (docId: number) => number }
  const run = (runtime: Runtime): number => {
    let bound = runtime.slots[slot] as Bound | null
    if (isConstant && bound !== null) {
      runtime.offset = offset
      return bound.compare(runtime.docId)
    }
    const wanted = queryOf(runtime)
    const fieldName = fieldNameOf(fieldOf(runtime))
    runtime.offset = offset
    if (bound === null || bound.query !== wanted || bound.field !== fieldName) {
      const compare = runtime.bindVector(name, wanted, fieldName)
      bound = { query: wanted, field: fieldName, compare }
      runtime.slots[slot] = bound
    }
    return bound.compare(runtime.docId)
  }
  return { type: 'double', run }
}

/** A name, or doc['f'] as older scripts have it. */
function fieldNameOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof DocField) return value.name
  throw new ScriptFault(
    'ClassCastException',
    `Cannot cast from [${classNameOf(value)}] to [java.lang.String].`
  )
}

/** `Math.name(args)`. */
export function compileMathCall(name: string, args: readonly Typed[], offset: number): Typed {
  const compute = mathFunctions.get(name)
  if (compute?.arity === args.length) return compileMath(compute, args, offset)
  throw new ScriptSyntaxFault(
    `static method [java.lang.Math, ${name}/${args.length}] not found`,
    offset
  )
}

function compileMath(math: MathFunction, args: readonly Typed[], offset: number): Typed {
  const types = args.map(({ type }) => (isNumber(type) ? type : 'double'))
  const type = math.result === 'wider' ? types.reduce(widerType) : math.result
  const [a, b] = args.map((arg) => toDouble(arg, offset))
  if (args.length === 1) return { type, run: (r) => math.compute(a!(r)) }
  if (args.length === 2) return { type, run: (r) => math.compute(a!(r), b!(r)) }
  const all = args.map((arg) => toDouble(arg, offset))
  return { type, run: (r) => math.compute(...all.map((arg) => arg(r))) }
}

/** `new Type(args)`. */
export function compileNew(
  { type, offset }: Extract<Expression, { kind: 'newObject' }>,
  args: readonly Typed[]
): Typed {
  const values = args.map(box)
  if (isFaultName(type)) {
    return {
      type: 'def',
      run: (r) => new ScriptFault(type, values.length === 0 ? '' : textOf(values[0]!(r)))
    }
  }
  if (type === 'ArrayList' || type === 'List')
    return { type: 'def', run: (r) => (values.length === 0 ? [] : copyOf(values[0]!(r))) }
  if (type === 'HashMap' || type === 'Map') return { type: 'def', run: () => new Map() }
  throw new ScriptSyntaxFault(`cannot resolve type [${type}]`, offset)
}

function copyOf(value: unknown): unknown[] {
  return Array.isArray(value) ? [...(value as unknown[])] : []
}

/** A fresh list each time: the script may add to it. */
export function compileList(values: readonly Typed[]): Typed {
  const items = values.map(box)
  const isConstant = values.every((value) => value.isConstant === true)
  return { type: 'def', run: (r) => items.map((item) => item(r)), isConstant }
}

export function compileMap(entries: readonly (readonly [Typed, Typed])[]): Typed {
  const pairs = entries.map(([key, value]) => [box(key), box(value)] as const)
  return {
    type: 'def',
    run: (r) => new Map(pairs.map(([key, value]) => [textOf(key(r)), value(r)]))
  }
}

/** `new float[size]`. */
export function compileArray(elementType: string, size: Typed, offset: number): Typed {
  const length = coerce(size, 'int', offset).run as (runtime: Runtime) => number
  const checked = (runtime: Runtime): number => {
    const count = length(runtime)
    // Memory that a loop fills counts as turns of it: 64 MB a document at most.
    runtime.step(count >>> 3)
    if (count >= 0 && count <= arrayLengthMax) return count
    throw new ScriptFault(
      'IllegalArgumentException',
      `array length is ${count}, wanted 0 to ${arrayLengthMax}`
    )
  }
  if (elementType === 'float') return { type: 'float[]', run: (r) => new Float32Array(checked(r)) }
  if (elementType === 'double')
    return { type: 'double[]', run: (r) => new Float64Array(checked(r)) }
  if (elementType === 'int') return { type: 'int[]', run: (r) => new Int32Array(checked(r)) }
  return { type: 'def', run: (r) => Array.from({ length: checked(r) }, () => null) }
}

/** Enough for any vector; more would let one script fill the memory. */
const arrayLengthMax = 65_536
