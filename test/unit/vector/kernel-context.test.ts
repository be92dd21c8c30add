import test from 'ava'
import { createKernelMemory, reservedBytes } from '../../../src/simd/index.ts'
import { BitSet, VectorStoreError } from '../../../src/util/index.ts'
import { KernelContext } from '../../../src/vector/kernels/context.ts'
import type { PageSource } from '../../../src/vector/index.ts'

/** A memory that says no when it is told to, and knows what is allocated. */
function limited(): { source: PageSource; held: Set<number>; say: (isFull: boolean) => void } {
  const memory = createKernelMemory(4 << 20)
  const held = new Set<number>()
  let next = Math.ceil(reservedBytes(memory.buffer.byteLength) / 64) * 64
  let isFull = false
  const allocate = (bytes: number): number => {
    if (isFull) throw new VectorStoreError('MEMORY_LIMIT', 'full')
    const address = next
    next += Math.ceil(bytes / 64) * 64
    held.add(address)
    return address
  }
  const free = (address: number): void => {
    if (!held.delete(address)) throw new Error(`${address} is freed and not allocated`)
  }
  const none = (): never => {
    throw new Error('there are no pages')
  }
  const source = { memory, fault: none, table: none, allocate, free, pagesRead: 0 }
  return { source, held, say: (full) => (isFull = full) }
}

for (const before of [0, 640])
  test(`reserveVisited: where there was no room for more than ${before} marks, the next walk has marks of its own`, (t) => {
    const { source, held, say } = limited()
    const context = KernelContext.of(source)
    const visited = (): number => context.words[(context.scratch.block >>> 2) + 1]!
    context.reserveVisited(before)
    say(true)
    t.throws(() => context.reserveVisited(10_000), { code: 'MEMORY_LIMIT' })
    say(false)
    for (const nodes of [500, 10_000]) {
      context.reserveVisited(nodes)
      t.true(held.has(visited()))
    }
  })

for (const before of [0, 640])
  test(`writeAccept: where there was no room for more than ${before} bits, the next bits have a place of their own`, (t) => {
    const { source, held, say } = limited()
    const context = KernelContext.of(source)
    const all = new BitSet(10_000)
    all.addRange(10_000)
    context.writeAccept(all, before)
    say(true)
    t.throws(() => context.writeAccept(all, 10_000), { code: 'MEMORY_LIMIT' })
    say(false)
    for (const count of [500, 10_000]) t.true(held.has(context.writeAccept(all, count)))
  })
