/** Turns vectors into codes in kernel memory: rows while an index is built, the query of a search. */
import type { KernelContext } from '../kernels/context.ts'
import type { WalkKernel } from '../kernels/walk-kernel.ts'
import { align } from '../geometry.ts'
import { normAt } from '../row-table.ts'
import { keepsNorms } from '../spaces.ts'
import type { Vector, VectorSpec } from '../types.ts'
import type { CodeLayout } from './code-layout.ts'
import type { CodeRange } from './quantizer.ts'

/**
 * Copies a vector to `at` as it is compared: cosine over float32 normalised; float codes of bytes as floats; zeros up to a
 * multiple of 16 elements.
 */
export function stage(
  context: KernelContext,
  spec: VectorSpec,
  layout: CodeLayout,
  vector: Vector,
  at: number
): void {
  const { floats, bytes } = context
  if (vector instanceof Float32Array || layout.kind.startsWith('f32')) {
    floats.set(vector, at >>> 2)
    floats.fill(0, (at >>> 2) + vector.length, (at >>> 2) + align(vector.length, 16))
    if (keepsNorms(spec)) normaliseInPlace(context, at, spec.dims)
    return
  }
  bytes.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), at)
  bytes.fill(0, at + vector.byteLength, at + layout.tailOffset)
}

function normaliseInPlace(context: KernelContext, at: number, dims: number): void {
  const norm = normAt(context, at, dims)
  if (norm === 1) return
  const { floats } = context
  const end = (at >>> 2) + dims
  for (let i = at >>> 2; i < end; i++) floats[i] = floats[i]! / norm
}

/** Writes the code of a row to the address of its node's code. */
export function writeCode(
  context: KernelContext,
  spec: VectorSpec,
  layout: CodeLayout,
  row: Vector,
  target: { readonly kernel: WalkKernel; readonly node: number; readonly address: number }
): void {
  if (layout.lossy) {
    stage(context, spec, layout, row, context.scratch.query)
    target.kernel.encodeNode(context.scratch.query, target.node)
    return
  }
  // A float row may end with its page: no padding behind it (the page is zero already).
  if (layout.kind.startsWith('f32') && !keepsNorms(spec)) {
    context.floats.set(row, target.address >>> 2)
    return
  }
  stage(context, spec, layout, row, context.scratch.query)
  const { bytes, scratch } = context
  bytes.copyWithin(target.address, scratch.query, scratch.query + layout.tailOffset)
  writeTail(context, layout, row, target.address)
}

/**
 * A coded query is cut off at the ends of the range. As much as one width of the range (127 steps) in all hardly disturbs
 * the order of the nearest (a query like the rows loses a hundredth of that); beyond it the order is that of another query.
 */
const squaredBeyondMax = 127 ** 2

/**
 * Writes the query's code; the query is staged in the scratch already, as the rows are compared.
 *
 * Result   False when 7-bit codes cannot tell where the query is: it lies too far outside their range.
 */
export function writeQueryCode(
  context: KernelContext,
  spec: VectorSpec,
  layout: CodeLayout,
  range: CodeRange,
  query: Vector,
  kernel: WalkKernel
): boolean {
  const { bytes, floats, scratch } = context
  if (layout.kind === 'i7-dot') {
    scaleQuery(context, spec.dims, range)
    kernel.encodeQuery(scratch.scorerQuery)
    return true
  }
  if (layout.lossy) {
    return kernel.encodeQuery(scratch.query) <= squaredBeyondMax
  }
  if (spec.element === 'int8' && layout.kind.startsWith('f32')) {
    floats.set(query, scratch.queryCode >>> 2)
    return true
  }
  bytes.copyWithin(scratch.queryCode, scratch.query, scratch.query + layout.tailOffset)
  writeTail(context, layout, query, scratch.queryCode)
  return true
}

/** The order of inner products does not depend on the query's length: its code gets the whole range, nothing is clipped. */
function scaleQuery(context: KernelContext, dims: number, range: CodeRange): void {
  const { floats, scratch } = context
  const from = scratch.query >>> 2
  const to = scratch.scorerQuery >>> 2
  context.scorerOwner = null
  let most = 0
  for (let i = 0; i < dims; i++) most = Math.max(most, Math.abs(floats[from + i]!))
  // The range is symmetric: low is its negative end.
  const factor = most === 0 ? 0 : -range.low / most
  for (let i = 0; i < dims; i++) floats[to + i] = floats[from + i]! * factor
  floats.fill(0, to + dims, to + align(dims, 16))
}

function writeTail(
  context: KernelContext,
  layout: CodeLayout,
  vector: Vector,
  address: number
): void {
  if (layout.kind !== 'i8-cos') return
  let sum = 0
  for (const x of vector) sum += x * x
  // 1 for a zero vector: its angle is not defined, its distance must be.
  context.words[(address + layout.tailOffset) >>> 2] = Math.max(sum, 1)
}
