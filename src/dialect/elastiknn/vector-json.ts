/** Vectors of Elastiknn as JSON values: objects and their short forms, and pointers to vectors in an index. */
import { VectorStoreError } from '../../util/index.ts'
import { firstNotFinite, sortedTrueIndices } from '../../vector/index.ts'
import type { Vector } from '../../vector/index.ts'
import { isObjectValue, tokenOf } from '../body-node.ts'
import type { VectorKind } from './models.ts'
import { expectToken, numberOf, stringOf, unable, unexpected } from './tokens.ts'

export type VectorJson =
  | { readonly type: 'dense'; readonly values: Float32Array }
  | {
      readonly type: 'sparse'
      /** Ascending, each once. */
      readonly trueIndices: Int32Array
      readonly totalIndices: number
    }
  | {
      readonly type: 'pointer'
      readonly index: string
      readonly id: string
      readonly field: string
    }
  /** `{}`: none is given. */
  | { readonly type: 'empty' }

/**
 * Reads a vector in any of its forms: {"values":[…]}, […], {"true_indices":[…],"total_indices":n}, [[…],n],
 * {"index":…,"id":…,"field":…}, {}.
 *
 * Source   spec section 2; of several forms in one object the pointer wins, then the sparse one.
 * Errors   REQUEST_FIELD with the texts of Elastiknn; VECTOR_VALUE for indices out of range and numbers beyond float32.
 */
export function readVectorJson(value: unknown): VectorJson {
  expectToken(null, value, 'START_ARRAY', 'START_OBJECT')
  if (isObjectValue(value)) return readObject(value)
  if (isTyped(value)) return dense(value)
  const [first, ...others] = value as readonly unknown[]
  if (first === undefined) return dense([])
  if (tokenOf(first) === 'START_ARRAY') return readPair(first, others)
  if (tokenOf(first) !== 'VALUE_NUMBER') {
    throw unexpected(null, ['END_ARRAY', 'START_ARRAY', 'VALUE_NUMBER'], tokenOf(first))
  }
  return dense(numbersOf(value))
}

function readPair(indices: unknown, others: readonly unknown[]): VectorJson {
  const trueIndices = numbersOf(indices)
  if (others.length === 0) throw unexpected(null, ['VALUE_NUMBER'], 'END_ARRAY')
  const totalIndices = numberOf(null, others[0])
  if (others.length > 1) throw unexpected(null, ['END_ARRAY'], tokenOf(others[1]))
  return sparse(trueIndices, totalIndices)
}

type Members = {
  values?: ArrayLike<number>
  trueIndices?: ArrayLike<number>
  totalIndices?: number
  index?: string
  id?: string
  field?: string
}

function readObject(object: Readonly<Record<string, unknown>>): VectorJson {
  const members: Members = {}
  for (const [name, value] of Object.entries(object)) readMember(members, name, value)
  const { values, trueIndices, totalIndices, index, id, field } = members
  if (index !== undefined && id !== undefined && field !== undefined) {
    return { type: 'pointer', index, id, field }
  }
  if (trueIndices !== undefined && totalIndices !== undefined) {
    return sparse(trueIndices, totalIndices)
  }
  if (values !== undefined) return dense(values)
  if (Object.keys(object).length === 0) return { type: 'empty' }
  throw unable('vector')
}

function readMember(members: Members, name: string, value: unknown): void {
  if (name === 'values' || name === 'true_indices') {
    expectToken(name, value, 'START_ARRAY')
    members[name === 'values' ? 'values' : 'trueIndices'] = numbersOf(value)
  } else if (name === 'total_indices') members.totalIndices = numberOf(name, value)
  else if (name === 'index' || name === 'id' || name === 'field') {
    members[name] = stringOf(name, value)
  }
}

/** Numbers that came as such, or were read as such by parseJsonWithVector. */
function isTyped(value: unknown): value is Vector | Float64Array {
  return (
    value instanceof Float32Array ||
    value instanceof Float64Array ||
    value instanceof Int8Array ||
    value instanceof Uint8Array
  )
}

function numbersOf(value: unknown): ArrayLike<number> {
  if (isTyped(value)) return value
  const values = value as readonly unknown[]
  if (areNumbers(values)) return values
  return Array.from(values, (each) => numberOf(null, each))
}

function areNumbers(values: readonly unknown[]): values is readonly number[] {
  for (let at = 0; at < values.length; at++) if (typeof values[at] !== 'number') return false
  return true
}

function dense(numbers: ArrayLike<number>): VectorJson {
  // The constructor takes three times as long for numbers of another type.
  const values = new Float32Array(numbers.length)
  for (let at = 0; at < numbers.length; at++) values[at] = numbers[at]!
  const at = firstNotFinite(values)
  if (at < 0) return { type: 'dense', values }
  throw new VectorStoreError(
    'VECTOR_VALUE',
    `value is ${numbers[at]} at dim ${at}, wanted a finite float32`,
    { details: { dim: at } }
  )
}

function sparse(indices: ArrayLike<number>, totalIndices: number): VectorJson {
  const trueIndices = sortedTrueIndices(indices, totalIndices)
  return { type: 'sparse', trueIndices, totalIndices }
}

/**
 * The vector where a field of this kind and these dims wants one.
 *
 * Errors   REQUEST_FIELD: another kind; REQUEST_ARGUMENT: other dims.
 */
export function vectorOfKind(
  vector: VectorJson,
  kind: VectorKind,
  dims: number
): Float32Array | Int32Array {
  const isSparse = kind === 'sparse bool'
  if (vector.type !== (isSparse ? 'sparse' : 'dense')) throw unable(`${kind} vector`)
  const found = vector.type === 'sparse' ? vector.totalIndices : vector.values.length
  if (found !== dims) {
    throw new VectorStoreError('REQUEST_ARGUMENT', `Expected dimension ${dims} but got ${found}`, {
      details: { dims, found }
    })
  }
  return vector.type === 'sparse' ? vector.trueIndices : vector.values
}
