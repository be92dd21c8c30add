/**
 * Goal     whoever asks for a page gets its bytes, whatever was evicted, appended or allocated in between, and never more
 *          than the budget is used.
 * Method   random accesses to four tables of two page sizes, in passing or not, allocations and pinned pages against a plain
 *          model: the expected bytes of a page follow from its key.
 */
import test from 'ava'
import * as fc from 'fast-check'
import type { PageCache, PageTable } from '../../../src/cache/index.ts'
import { isPage, keyOf, shapes, slotBytes, smallCache } from '../../support/cache-pages.ts'

const seed = 20_260_101

type Operation =
  | {
      readonly do: 'read'
      readonly table: number
      readonly page: number
      readonly passing: 'no' | 'scan' | 'once'
    }
  | { readonly do: 'allocate'; readonly bytes: number }
  | { readonly do: 'free'; readonly at: number }
  | { readonly do: 'append' }
  | { readonly do: 'reopen'; readonly table: number }

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 300,
    arbitrary: fc.record({
      do: fc.constant('read'),
      table: fc.nat(3),
      page: fc.nat(399),
      passing: fc.constantFrom('no', 'no', 'scan', 'once')
    })
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('allocate'), bytes: fc.nat(300_000) })
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('free'), at: fc.nat(5) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('append') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen'), table: fc.nat(3) }) }
)

/** A cache, and beside it what was written into its memory. Every method answers whether the cache was right. */
class Model {
  readonly cache: PageCache = smallCache(40 * slotBytes)
  readonly #memory = new Uint8Array(this.cache.memory.buffer)
  readonly #tables = shapes.map((_shape, table) => this.#open(table))
  readonly #pinned = this.cache.pinnedTable('vectors', 30)
  #blocks: { address: number; bytes: number; mark: number }[] = []
  #mark = 0

  run(op: Operation): boolean {
    switch (op.do) {
      case 'read':
        return this.#read(op)
      case 'append':
        return this.#pinned.pageCount === 30 || this.#append()
      case 'allocate':
        return this.#blocks.length === 6 || this.#allocate(op.bytes)
      case 'free':
        return this.#free(op.at)
      case 'reopen':
        this.#tables[op.table]!.close()
        this.#tables[op.table] = this.#open(op.table)
    }
    return true
  }

  isInBudget(): boolean {
    const { slotCount, allocatedBytes, budgetBytes, kinds } = this.cache.stats()
    const usedBytes = slotCount * slotBytes + allocatedBytes
    const residentBytes = Object.values(kinds).reduce((sum, one) => sum + one.residentBytes, 0)
    return (
      residentBytes <= slotCount * slotBytes &&
      usedBytes <= this.#memory.length &&
      this.#memory.length <= budgetBytes
    )
  }

  /** Resident pages, pinned pages and blocks are as they were written, and what is counted as resident is there. */
  isIntact(): boolean {
    const words = new Uint32Array(this.cache.memory.buffer)
    for (const [table, { kind, pageBytes }] of shapes.entries()) {
      let residentBytes = 0
      for (let page = 0; page < 400; page++) {
        const address = words[(this.#tables[table]!.address >>> 2) + page]!
        if (address === 0) continue
        residentBytes += pageBytes
        if (!isPage(this.#memory.subarray(address, address + pageBytes), table, page)) return false
      }
      if (residentBytes !== this.cache.stats().kinds[kind]?.residentBytes) return false
      if (residentBytes !== this.cache.statsOf(7)[kind]?.residentBytes) return false
    }
    for (let page = 0; page < this.#pinned.pageCount; page++) {
      if (!this.#pinned.page(page).every((byte) => byte === page + 1)) return false
    }
    return this.#blocks.every(({ address, bytes, mark }) => this.#isFilled(address, bytes, mark))
  }

  #open(table: number): PageTable {
    return this.cache.table({ ...shapes[table]!, pageCount: 400, index: 7, keyOf: keyOf(table) })
  }

  #read({ table, page, passing }: Operation & { readonly do: 'read' }): boolean {
    const read = (): Uint8Array => this.#tables[table]!.page(page)
    const bytes = passing === 'no' ? read() : this.cache.inPassing(read, passing === 'once')
    return isPage(bytes, table, page)
  }

  #append(): boolean {
    const address = this.#pinned.append()
    const zeroed = this.#isFilled(address, slotBytes, 0)
    this.#memory.fill(this.#pinned.pageCount, address, address + slotBytes)
    return zeroed
  }

  #allocate(bytes: number): boolean {
    const address = this.cache.allocate(bytes)
    const zeroed = this.#isFilled(address, bytes, 0)
    this.#mark = (this.#mark % 255) + 1
    this.#memory.fill(this.#mark, address, address + bytes)
    this.#blocks.push({ address, bytes, mark: this.#mark })
    return zeroed && address > 0 && address % 64 === 0
  }

  #free(at: number): boolean {
    const block = this.#blocks[at]
    if (block === undefined) return true
    this.#blocks = this.#blocks.filter((other) => other !== block)
    const intact = this.#isFilled(block.address, block.bytes, block.mark)
    this.cache.free(block.address)
    return intact
  }

  #isFilled(address: number, bytes: number, mark: number): boolean {
    return this.#memory.subarray(address, address + bytes).every((byte) => byte === mark)
  }
}

test('PageCache: every page reads as its record, every pinned page and allocation as it was written', (t) => {
  let evictionCount = 0
  fc.assert(
    fc.property(
      fc.array(operation, { minLength: 1_500, maxLength: 2_500, size: 'max' }),
      (operations) => {
        const model = new Model()
        const right = operations.every((op) => model.run(op) && model.isInBudget())
        for (const counters of Object.values(model.cache.stats().kinds)) {
          evictionCount += counters.evictionCount
        }
        return right && model.isIntact()
      }
    ),
    { seed, numRuns: 12 }
  )
  t.log(`seed ${seed}, ${evictionCount} evictions`)
  t.true(evictionCount > 1_000, `too few evictions to prove anything: ${evictionCount}`)
})
