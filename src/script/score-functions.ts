/** Functions of function_score that are no scripts, as compiled scores: field value factor, decay, random. */
import { VectorStoreError } from '../util/index.ts'
import type { CompiledScore, ScriptContext } from './types.ts'

export type FactorModifier =
  | 'none'
  | 'log'
  | 'log1p'
  | 'log2p'
  | 'ln'
  | 'ln1p'
  | 'ln2p'
  | 'square'
  | 'sqrt'
  | 'reciprocal'

export type FieldValueFactor = {
  readonly field: string
  readonly factor: number
  readonly modifier: FactorModifier
  /** Value of documents without one; null: they are an error. */
  readonly missing: number | null
}

/** `log` is to base 10, `ln` natural; 1p and 2p add first, so that 0 has a logarithm. */
const modifiers: Readonly<Record<FactorModifier, (value: number) => number>> = {
  none: (value) => value,
  log: Math.log10,
  log1p: (value) => Math.log10(value + 1),
  log2p: (value) => Math.log10(value + 2),
  ln: Math.log,
  ln1p: Math.log1p,
  ln2p: (value) => Math.log(value + 2),
  square: (value) => value * value,
  sqrt: Math.sqrt,
  reciprocal: (value) => 1 / value
}

/**
 * The first value of a number field, times a factor, through a modifier.
 *
 * Errors   From the bound function REQUEST_ARGUMENT: no value and none given for missing, or a result below 0 or not a number.
 */
export function fieldValueFactor(options: FieldValueFactor): CompiledScore {
  const { field, factor, missing } = options
  const modify = modifiers[options.modifier]
  return {
    bind: (context) => (docId) => {
      const value = numbersOf(context, field, docId)[0] ?? missing
      if (value === null)
        throw new VectorStoreError('REQUEST_ARGUMENT', `Missing value for field [${field}]`)
      const result = modify(value * factor)
      if (result >= 0) return result
      throw new VectorStoreError(
        'REQUEST_ARGUMENT',
        `field value function must not produce negative scores, but got: [${result}] for field value: [${value}]`
      )
    }
  }
}

export type Decay = {
  readonly kind: 'gauss' | 'exp' | 'linear'
  readonly field: string
  /** Of the column: dates in milliseconds. */
  readonly origin: number
  readonly scale: number
  readonly offset: number
  /** Score at the distance `scale`, between 0 and 1. */
  readonly decay: number
  /** Which distance counts where a document has several values. */
  readonly mode: 'min' | 'max' | 'avg' | 'sum'
}

/** Score by distance, from what the kind makes of scale and decay. */
const curves: Readonly<
  Record<Decay['kind'], (scale: number, decay: number) => (distance: number) => number>
> = {
  linear: (scale, decay) => {
    const end = scale / (1 - decay)
    return (distance) => Math.max(0, (end - distance) / end)
  },
  exp: (scale, decay) => {
    const rate = Math.log(decay) / scale
    return (distance) => Math.exp(rate * distance)
  },
  gauss: (scale, decay) => {
    const variance = -(scale ** 2) / (2 * Math.log(decay))
    return (distance) => Math.exp(-(distance ** 2) / (2 * variance))
  }
}

const distanceModes: Readonly<Record<Decay['mode'], (distances: readonly number[]) => number>> = {
  min: (distances) => Math.min(...distances),
  max: (distances) => Math.max(...distances),
  sum: (distances) => distances.reduce((sum, distance) => sum + distance, 0),
  avg: (distances) => distances.reduce((sum, one) => sum + one, 0) / distances.length
}

/** A score that falls with the distance from an origin; 1 for documents without a value. */
export function decayFunction(options: Decay): CompiledScore {
  const { field, origin, offset } = options
  const curve = curves[options.kind](options.scale, options.decay)
  const choose = distanceModes[options.mode]
  return {
    bind: (context) => (docId) => {
      const values = numbersOf(context, field, docId)
      if (values.length === 0) return 1
      return curve(choose(values.map((value) => Math.max(0, Math.abs(value - origin) - offset))))
    }
  }
}

/** Bits of a random score: a float32 holds them exactly. */
const randomBits = 24

/**
 * A number from 0 up to 1 for each document: the same for the same seed and the same value of `field`; without a field, for
 * the same document number.
 *
 * Source   The finalizer of MurmurHash3 over seed and value. The numbers are not those of Elasticsearch.
 */
export function randomScore(options: {
  readonly seed: number
  readonly field: string | null
}): CompiledScore {
  const { seed, field } = options
  return {
    bind: (context) => (docId) => {
      const value = field === null ? docId : (context.values(field, docId)[0] ?? docId)
      return hash(String(value), seed) / 2 ** randomBits
    }
  }
}

function hash(text: string, seed: number): number {
  let state = seed | 0
  for (let at = 0; at < text.length; at++)
    state = Math.imul(state ^ text.charCodeAt(at), 0x85ebca6b) ^ (state >>> 15)
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35)
  return (state ^ (state >>> 16)) >>> (32 - randomBits)
}

function numbersOf(context: ScriptContext, field: string, docId: number): number[] {
  return context.values(field, docId).map(Number)
}
