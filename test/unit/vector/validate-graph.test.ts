/** A sound small graph, with one fault planted at a time. */
import test from 'ava'
import { pageBytesMax } from '../../../src/vector/geometry.ts'
import { graphFaults } from '../../../src/vector/hnsw/validate-graph.ts'
import type { VectorIndexMeta } from '../../../src/vector/index.ts'
import { specOf } from '../../support/vector-sets.ts'

type Graph = {
  meta: VectorIndexMeta
  /** lists[ord][level]: neighbours. */
  lists: number[][][]
}

/** A ring of 100 nodes; nodes 0, 10, 20 … are on level 1 too, 0 on level 2. */
function sound(): Graph {
  const count = 100
  const lists = Array.from({ length: count }, (_, ord) => {
    const ring = (step: number): number[] => [(ord + step) % count, (ord + count - step) % count]
    if (ord % 10 !== 0) return [ring(1)]
    return ord === 0 ? [ring(1), ring(10), []] : [ring(1), ring(10)]
  })
  const parameters = {
    codes: 'f32-l2',
    rangeLow: 0,
    rangeScale: 1,
    codedDims: '',
    entry: 0,
    topLevel: 2,
    records: 11,
    mapPages: 1,
    smallPageBytes: pageBytesMax,
    listBits: 8,
    listsPerPage: 100,
    listPageBytes: pageBytesMax,
    packing: 'none',
    beamFactor: 1,
    farDistance: -1,
    spread: 0
  }
  const spec = specOf('float32', 'l2', 2, { m: 2 })
  return { meta: { format: 'hnsw', version: 7, spec, count, pageCounts: {}, parameters }, lists }
}

function faults({ meta, lists }: Graph): string[] {
  const first: number[] = []
  let next = 0
  for (const levels of lists) {
    first.push(levels.length > 1 ? next : -1)
    next += levels.length - 1
  }
  return graphFaults(meta, {
    listOf: (ord, level) => {
      const list = lists[ord]![level]!
      return Uint32Array.of(list.length, ...list, 0, 0, 0, 0)
    },
    firstRecord: (ord) => first[ord]!
  })
}

function planted(change: (graph: Graph) => void): string[] {
  const graph = sound()
  change(graph)
  return faults(graph)
}

test('graphFaults: a sound graph has none', (t) => {
  t.deepEqual(faults(sound()), [])
})

const cases: readonly (readonly [string, RegExp, (graph: Graph) => void])[] = [
  [
    'a neighbour outside the graph',
    /neighbour 100 of 100/,
    ({ lists }) => (lists[5]![0]![0] = 100)
  ],
  [
    'a node as its own neighbour',
    /node 5 on level 0 is its own/,
    ({ lists }) => (lists[5]![0]![0] = 5)
  ],
  [
    'a neighbour twice',
    /node 5 on level 0 has neighbour 4 twice/,
    ({ lists }) => lists[5]![0]!.push(4)
  ],
  [
    'too many neighbours',
    /node 5 on level 0 has 6 neighbours, wanted at most 4/,
    ({ lists }) => lists[5]![0]!.push(9, 11, 12, 13)
  ],
  [
    'too many on level 1',
    /node 10 on level 1 has 3 neighbours, wanted at most 2/,
    ({ lists }) => lists[10]![1]!.push(40)
  ],
  [
    'a neighbour that is not on the level',
    /node 10 on level 1 has neighbour 5, which is on level 0/,
    ({ lists }) => (lists[10]![1]![0] = 5)
  ],
  [
    'an entry that is not on the top level',
    /entry 0 is on level 2, top level is 3/,
    (graph) => setParameters(graph, { topLevel: 3 })
  ],
  [
    'an entry outside the graph',
    /entry is 100 of 100/,
    (graph) => setParameters(graph, { entry: 100 })
  ],
  [
    'nodes nobody leads to',
    /reachable/,
    ({ lists }) => {
      for (let ord = 40; ord < 70; ord++) lists[ord]![0] = [ord === 69 ? 40 : ord + 1]
      lists[39]![0] = [38]
      lists[70]![0] = [71]
    }
  ],
  [
    'records that do not follow one another',
    /first upper record/,
    (graph) => setParameters(graph, { records: 5 })
  ]
]

function setParameters(graph: Graph, parameters: Record<string, number>): void {
  graph.meta = { ...graph.meta, parameters: { ...graph.meta.parameters, ...parameters } }
}

for (const [what, message, change] of cases) {
  test(`graphFaults: finds ${what}`, (t) => {
    const found = planted(change)
    t.true(
      found.some((fault) => message.test(fault)),
      JSON.stringify(found)
    )
  })
}
