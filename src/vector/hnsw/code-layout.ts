/** Which codes an index compares, and how they lie in pages. */
import { assert } from '../../util/index.ts'
import { align, pageBytesMax, pageGeometry } from '../geometry.ts'
import type { PageGeometry } from '../geometry.ts'
import type { CodeKind } from '../kernels/walk-kernel.ts'
import { vectorByteLength } from '../spaces.ts'
import type { DenseSpace, Space, VectorSpec } from '../types.ts'
import type { CodedDims } from './coded-dims.ts'
import type { CodeRange } from './quantizer.ts'

export type CodeLayout = {
  readonly kind: CodeKind
  /** Length the kernel compares: floats, else bytes padded to a multiple of 16. */
  readonly length: number
  /** Where the f32 correction (i7-dot) or the u32 squared norm (i8-cos) lies. */
  readonly tailOffset: number
  readonly geometry: PageGeometry
  /** The codes are the rows as they were given: there are no pages of `vectors`. */
  readonly areRows: boolean
  /** Candidates are to be compared again with the rows. */
  readonly lossy: boolean
}

const floatKinds: Readonly<Record<Exclude<DenseSpace, 'hamming'>, CodeKind>> = {
  l2: 'f32-l2',
  // Of normalised rows.
  cosine: 'f32-dot',
  dot: 'f32-dot',
  mip: 'f32-dot',
  l1: 'f32-l1',
  linf: 'f32-linf'
}
const byteKinds: Readonly<Record<DenseSpace, CodeKind>> = {
  l2: 'i8-l2',
  cosine: 'i8-cos',
  dot: 'i8-dot',
  mip: 'i8-dot',
  // There is no byte kernel for these; floats of the bytes are exact.
  l1: 'f32-l1',
  linf: 'f32-linf',
  hamming: 'bit-hamming'
}

/** Whether 7-bit codes can stand for the vectors of a field at all. */
export function canQuantize(spec: VectorSpec): boolean {
  return (
    spec.codes === 'auto' &&
    spec.element === 'float32' &&
    spec.space !== 'l1' &&
    spec.space !== 'linf'
  )
}

/** Whether codes of any kind fit pages: those of long byte vectors, with a tail or as floats, are longer than the rows. */
export function codesFitPages(spec: VectorSpec): boolean {
  const { padded, tailBytes } = codeBytes(spec, false)
  return padded + tailBytes <= pageBytesMax
}

function codeBytes(
  spec: VectorSpec,
  quantized: boolean,
  codedDims: CodedDims = null
): { kind: CodeKind; isFloat: boolean; padded: number; tailBytes: number } {
  const kind = codeKind(spec, quantized)
  const isFloat = kind.startsWith('f32')
  const bytes = isFloat
    ? spec.dims * 4
    : quantized
      ? (codedDims?.length ?? spec.dims)
      : vectorByteLength(spec)
  const tailBytes = kind === 'i7-dot' || kind === 'i8-cos' ? 16 : 0
  return { kind, isFloat, padded: align(bytes, 16), tailBytes }
}

export function codeLayout(
  spec: VectorSpec,
  quantized: boolean,
  codedDims: CodedDims = null
): CodeLayout {
  const { kind, isFloat, padded, tailBytes } = codeBytes(spec, quantized, codedDims)
  return {
    kind,
    length: isFloat ? spec.dims : padded,
    tailOffset: padded,
    geometry: pageGeometry(padded + tailBytes),
    areRows:
      !quantized &&
      !(spec.element === 'float32' && spec.space === 'cosine') &&
      !(spec.element === 'int8' && isFloat),
    lossy: quantized
  }
}

/** Normalised rows: the nearest by L2 are the nearest by angle, and 7-bit L2 needs no correction. */
function codeKind({ element, space }: VectorSpec, quantized: boolean): CodeKind {
  assert(element !== 'sparse-bool' && space !== 'jaccard', 'sparse vectors have no codes')
  if (element === 'bit') return 'bit-hamming'
  if (element === 'int8') return byteKinds[space]
  if (quantized) return space === 'mip' ? 'i7-dot' : 'i7-l2'
  return space === 'hamming' ? 'bit-hamming' : floatKinds[space]
}

/**
 * What one unit of a squared distance of 7-bit codes is in values; 0 for codes whose distance is another one.
 *
 * Unit vectors: the inner product is 1 less half of the squared distance.
 */
export function codeUnit({ kind }: CodeLayout, range: CodeRange, space: Space): number {
  if (kind !== 'i7-l2') return 0
  return (space === 'l2' ? 1 : 0.5) / range.scale ** 2
}

const bits = new Uint32Array(1)
const float = new Float32Array(bits.buffer)

/**
 * A distance of a kernel (assembly/walk-distance.ts) as a number that is 0 for equals and grows in proportion; -1 for inner
 * products, which have no such thing.
 */
export function codeDistance({ kind }: CodeLayout, distance: number): number {
  if (kind === 'i7-dot' || kind === 'i8-dot') return -1
  if (kind === 'i7-l2' || kind === 'i8-l2' || kind === 'bit-hamming') return distance
  // Of unit vectors: ordered(-cosine).
  const isAngle = kind === 'f32-dot' || kind === 'i8-cos'
  bits[0] = isAngle ? distance ^ (~(distance >> 31) | 0x8000_0000) : distance
  return isAngle ? 1 + float[0]! : float[0]!
}

/** What distances of codes stand for, as nearest-so-far.ts has it: raw values, negated where large is near. */
export type CodeOrder = {
  toOrder(distance: number): number
  /** The farthest distance that stands for no more than `order`. */
  toDistance(order: number): number
}

/** null: inner products of 7-bit codes are those of a scaled query. */
export function codeOrder(layout: CodeLayout, unit: number, space: Space): CodeOrder | null {
  const { kind } = layout
  if (kind === 'i7-dot') return null
  if (kind === 'i7-l2') {
    // Of unit vectors: half of the squared distance is 1 less the cosine.
    const zero = space === 'l2' ? 0 : -1
    return {
      toOrder: (distance) => zero + unit * distance,
      toDistance: (order) => withinWord((order - zero) / unit)
    }
  }
  if (kind === 'i8-l2' || kind === 'bit-hamming' || kind === 'i8-dot') {
    const zero = kind === 'i8-dot' ? 2 ** 31 : 0
    return {
      toOrder: (distance) => distance - zero,
      toDistance: (order) => withinWord(order + zero)
    }
  }
  const isSigned = kind === 'f32-dot' || kind === 'i8-cos'
  return {
    toOrder: (distance) => {
      bits[0] = isSigned ? distance ^ (~(distance >> 31) | 0x8000_0000) : distance
      return float[0]!
    },
    toDistance: (order) => {
      float[0] = order
      const word = bits[0]!
      return isSigned ? (word ^ ((word >> 31) | 0x8000_0000)) >>> 0 : word
    }
  }
}

function withinWord(distance: number): number {
  return Math.min(0xffff_ffff, Math.max(0, Math.floor(distance)))
}
