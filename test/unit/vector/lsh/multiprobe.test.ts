/** Judged by all 3^functions - 1 sets of moves of every table, sorted by cost. */
import test from 'ava'
import { HashTerms } from '../../../../src/vector/lsh/hash-terms.ts'
import { Multiprobe } from '../../../../src/vector/lsh/multiprobe.ts'
import { VectorStoreError } from '../../../../src/util/index.ts'
import { uniformOf } from '../../../support/vector-sets.ts'

const width = 4

type Probe = { readonly ints: number[]; readonly cost: number }

function probesOf(
  tables: number,
  functions: number,
  places: Float64Array,
  probes: number
): number[][] {
  const terms = new HashTerms()
  const buckets = Int32Array.from(places, (place) => Math.floor(place / width))
  new Multiprobe(tables, functions, width).append(places, buckets, probes, terms)
  return Array.from({ length: terms.count }, (_none, at) => {
    const bytes = Buffer.from(terms.term(at))
    return Array.from({ length: functions + 1 }, (_int, int) => bytes.readInt32LE(4 * int))
  })
}

/** Every other bucket that is one step away along any of the directions, cheapest first. */
function allProbes(tables: number, functions: number, places: Float64Array): Probe[] {
  const all: Probe[] = []
  for (let table = 0; table < tables; table++) {
    let sets: Probe[] = [{ ints: [table], cost: 0 }]
    for (const place of places.subarray(table * functions, (table + 1) * functions)) {
      const bucket = Math.floor(place / width)
      const down = place - bucket * width
      sets = sets.flatMap(({ ints, cost }) => [
        { ints: [...ints, bucket], cost },
        { ints: [...ints, bucket - 1], cost: cost + down },
        { ints: [...ints, bucket + 1], cost: cost + width - down }
      ])
    }
    all.push(...sets.slice(1))
  }
  return all.sort((a, b) => a.cost - b.cost)
}

for (const [tables, functions] of [
  [1, 1],
  [5, 1],
  [1, 4],
  [7, 3],
  [3, 5]
] as const) {
  test(`append: the cheapest buckets of ${tables} tables of ${functions} functions, each once`, (t) => {
    const uniform = uniformOf(tables * 100 + functions)
    const places = new Float64Array(tables * functions).map(() => 100 * uniform() - 50)
    const expected = allProbes(tables, functions, places)
    for (const probes of [1, 2, 3, 10, 1000]) {
      const count = Math.min(tables * probes, expected.length)
      t.deepEqual(
        probesOf(tables, functions, places, probes),
        expected.slice(0, count).map(({ ints }) => ints),
        `${probes} probes`
      )
    }
  })
}

test('append: no probes add nothing, and one search leaves nothing behind for the next', (t) => {
  const terms = new HashTerms()
  const multiprobe = new Multiprobe(2, 2, width)
  const places = Float64Array.of(1, 2, 3, 1.5)
  const buckets = new Int32Array(4)
  multiprobe.append(places, buckets, 0, terms)
  t.is(terms.count, 0)
  const rounds = [3, 1, 3].map((probes) => {
    terms.clear()
    multiprobe.append(places, buckets, probes, terms)
    return Array.from({ length: terms.count }, (_none, at) =>
      Buffer.from(terms.term(at)).toString('hex')
    )
  })
  t.deepEqual(rounds[2], rounds[0])
  t.deepEqual(rounds[1], rounds[0]!.slice(0, 2))
})

test('append: more than 2^20 terms are refused', (t) => {
  const [tables, functions] = [100, 20]
  const places = new Float64Array(tables * functions)
  const error = t.throws(() => probesOf(tables, functions, places, 20_000), {
    instanceOf: VectorStoreError
  })
  t.is(error.code, 'QUERY_LIMIT')
  t.is(error.message, 'probes is 20000, wanted at most 10484 for 100 tables')
})
