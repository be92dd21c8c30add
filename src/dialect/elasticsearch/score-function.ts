/** Functions of a function_score that are no scripts: field_value_factor, random_score, decay. */
import type { ScoreFunction } from '../../query/index.ts'
import { decayFunction, fieldValueFactor, randomScore } from '../../script/index.ts'
import type { FactorModifier } from '../../script/index.ts'
import type { BodyNode } from '../body-node.ts'
import { doubleOf, field, readQueryMembers, textOf } from '../body-values.ts'
import { timeValueMs } from '../time-value.ts'
import { illegalArgument } from '../wire-failure.ts'

type Score = NonNullable<ScoreFunction['value']>

const modifiers: readonly FactorModifier[] = [
  'none',
  'log',
  'log1p',
  'log2p',
  'ln',
  'ln1p',
  'ln2p',
  'square',
  'sqrt',
  'reciprocal'
]
const decayModes = ['min', 'max', 'avg', 'sum'] as const
const decayDefault = 0.5

export function readFieldValueFactor(node: BodyNode): Score {
  let name: string | null = null
  let factor = 1
  let modifier: FactorModifier = 'none'
  let missing: number | null = null
  readQueryMembers(node, 'field_value_factor', {
    field: field.string((value) => {
      name = value
    }),
    factor: field.double((value) => {
      factor = value
    }),
    modifier: field.string((value) => {
      const found = modifiers.find((known) => known === value.toLowerCase())
      if (found === undefined)
        throw illegalArgument(
          `No enum constant org.elasticsearch.common.lucene.search.function.FieldValueFactorFunction.Modifier.${value.toUpperCase()}`
        )
      modifier = found
    }),
    missing: field.double((value) => {
      missing = value
    })
  })
  if (name === null) throw node.parseFault("[field_value_factor] required field 'field' missing")
  return fieldValueFactor({ field: name, factor, modifier, missing })
}

/** Without a seed every request draws another one. */
export function readRandomScore(node: BodyNode): Score {
  let seed = Date.now() | 0
  let name: string | null = null
  readQueryMembers(node, 'random_score', {
    seed: field.any((member) => {
      seed = typeof member.value === 'number' ? member.value : textHash(textOf(member.value))
    }),
    field: field.string((value) => {
      name = value === '_seq_no' ? null : value
    })
  })
  return randomScore({ seed, field: name })
}

/** Java's hash of a string, which seeds given as text are reduced to. */
function textHash(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0
  return hash
}

/** `{ "<field>": { origin, scale, offset, decay }, "multi_value_mode": … }` on a column of numbers or dates. */
export function readDecay(node: BodyNode, kind: 'gauss' | 'exp' | 'linear'): Score {
  let mode: (typeof decayModes)[number] = 'min'
  let found: [string, BodyNode] | null = null
  for (const [key, member] of node.members()) {
    if (key === 'multi_value_mode') {
      const known = decayModes.find((one) => one === textOf(member.value).toLowerCase())
      if (known === undefined)
        throw illegalArgument(`Illegal mode [${textOf(member.value)}] for multi_value_mode`)
      mode = known
    } else if (found === null && member.token === 'START_OBJECT') found = [key, member]
    else throw member.parseFault(`malformed score function score parameters.`)
  }
  if (found === null) throw node.parseFault('malformed score function score parameters.')
  return decayFunction({ kind, mode, field: found[0], ...decayShape(found[1], kind) })
}

function decayShape(
  node: BodyNode,
  kind: string
): { origin: number; scale: number; offset: number; decay: number } {
  const shape = { origin: Number.NaN, scale: Number.NaN, offset: 0, decay: decayDefault }
  readQueryMembers(node, kind, {
    origin: field.any((member) => {
      shape.origin = originOf(member)
    }),
    scale: field.any((member) => {
      shape.scale = distanceOf(member, 'scale')
    }),
    offset: field.any((member) => {
      shape.offset = distanceOf(member, 'offset')
    }),
    decay: field.double((value) => {
      shape.decay = value
    })
  })
  if (Number.isNaN(shape.origin) || Number.isNaN(shape.scale))
    throw illegalArgument(`both [origin] and [scale] must be set for [${kind}]`)
  if (shape.scale <= 0) throw illegalArgument('scale must be > 0.0')
  if (shape.decay <= 0 || shape.decay >= 1)
    throw illegalArgument('decay must be in the range (0..1)')
  if (shape.offset < 0) throw illegalArgument('offset must be > 0.0')
  return shape
}

/** A number, `now`, or a moment as ISO 8601 has it, in milliseconds. */
function originOf(node: BodyNode): number {
  const { value } = node
  if (typeof value !== 'string' || (value.trim() !== '' && Number.isFinite(Number(value))))
    return doubleOf(value)
  const ms = value === 'now' ? Date.now() : Date.parse(value)
  if (Number.isNaN(ms)) throw illegalArgument(`failed to parse date field [${value}] of [origin]`)
  return ms
}

/** A number, or a time: milliseconds. */
function distanceOf(node: BodyNode, name: string): number {
  const { value } = node
  if (typeof value !== 'string' || (value.trim() !== '' && Number.isFinite(Number(value))))
    return doubleOf(value)
  return timeValueMs(value, name)
}
