/**
 * An endless stream of operations, the same for a seed every time, so that who checks needs to keep nothing: operation n gets
 * seqNo n, and what must be there after m operations can be computed again.
 */
import { deleteOp, indexOp, sourceOf } from './engine-fixture.ts'
import type { TestDocument } from './engine-fixture.ts'
import type { Operation } from '../../src/engine/index.ts'

const idCount = 200
const tags = ['red', 'green', 'blue', 'grey']

/** Operation `number` of the stream: every one takes a seqNo, none conflicts. */
export function streamOperation(
  seed: number,
  number: number
): { readonly id: string; readonly document: TestDocument | null } {
  const bits = mix(seed, number)
  const id = `id-${bits % idCount}`
  if (((bits >>> 8) & 7) < 2) return { id, document: null }
  const document = {
    tag: tags[(bits >>> 12) & 3] ?? 'red',
    count: number,
    childCount: ((bits >>> 16) & 15) === 0 ? 2 : 0,
    routing: ((bits >>> 20) & 7) === 0 ? 'r' : null
  }
  return { id, document }
}

export function streamOperations(seed: number, from: number, count: number): Operation[] {
  return Array.from({ length: count }, (_, at) => {
    const { id, document } = streamOperation(seed, from + at)
    return document === null ? deleteOp(id) : indexOp(id, document)
  })
}

/** Id to source after the first `count` operations. */
export function streamContents(seed: number, count: number): Map<string, string> {
  const newest = new Map<string, TestDocument | null>()
  for (let number = count - 1; number >= 0 && newest.size < idCount; number--) {
    const { id, document } = streamOperation(seed, number)
    if (!newest.has(id)) newest.set(id, document)
  }
  const contents = new Map<string, string>()
  for (const [id, document] of newest)
    if (document !== null) contents.set(id, sourceOf(id, document))
  return contents
}

/** How a store's contents differ from the stream's after `count` operations; empty when they do not. */
export function streamDifferences(
  seed: number,
  count: number,
  found: ReadonlyMap<string, string>
): string[] {
  const wanted = streamContents(seed, count)
  const differences: string[] = []
  for (const [id, source] of wanted)
    if (found.get(id) !== source)
      differences.push(`${id}: got ${found.get(id) ?? 'nothing'}, wanted ${source}`)
  for (const id of found.keys())
    if (!wanted.has(id)) differences.push(`${id}: there, wanted nothing`)
  return differences
}

/** 32 well-mixed bits of two numbers. */
export function mix(seed: number, number: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39)
  return (h ^ (h >>> 15)) >>> 0
}
