/** Random documents for segments, from a seed, with every kind of field; the plain truth that readers are compared with. */
import { BitSet } from '../../src/util/index.ts'
import type {
  FieldInfo,
  IndexableDoc,
  IndexableDocument,
  SourceCut
} from '../../src/segment/index.ts'
import type { VectorSpec } from '../../src/vector/index.ts'

export type Group = {
  readonly document: IndexableDocument
  readonly seqNo: number
  readonly version: number
  /** `_source` as it came in, vectors and all. */
  readonly text: string
}

export type FlatDoc = {
  readonly doc: IndexableDoc
  readonly isRoot: boolean
  readonly group: Group
}

const spec: VectorSpec = {
  dims: 6,
  element: 'float32',
  space: 'l2',
  index: 'hnsw',
  m: 8,
  efConstruction: 40,
  codes: 'auto'
}

const hashedSpec: VectorSpec = {
  ...spec,
  index: 'flat',
  hashes: { model: 'stableDistributions', dims: 6, tables: 12, functions: 2, width: 2 }
}
const setDims = 60
const setSpec: VectorSpec = {
  ...spec,
  dims: setDims,
  element: 'sparse-bool',
  space: 'jaccard',
  index: 'flat',
  hashes: { model: 'minHash', dims: setDims, tables: 15, functions: 1 }
}
const ranksSpec: VectorSpec = {
  ...spec,
  index: 'flat',
  hashes: { model: 'permutation', dims: 6, functions: 4, repeating: true }
}

function field(number: number, name: string, more: Partial<FieldInfo>): FieldInfo {
  return { number, name, column: null, postings: 'none', vector: null, ...more }
}

type FieldName =
  | 'count'
  | 'price'
  | 'tag'
  | 'body'
  | 'vector'
  | 'rare'
  | 'depth'
  | 'childVector'
  | 'object'
  | 'hashed'
  | 'set'
  | 'ranks'

export const fields: Readonly<Record<FieldName, FieldInfo>> = {
  count: field(1, 'count', { column: 'long' }),
  price: field(2, 'price', { column: 'double' }),
  tag: field(3, 'tag', { column: 'keyword', postings: 'docs' }),
  body: field(4, 'body', { postings: 'positions' }),
  vector: field(5, 'vector', { vector: spec }),
  rare: field(6, 'rare', { column: 'long' }),
  depth: field(7, 'child.depth', { column: 'long' }),
  childVector: field(8, 'child.vector', { vector: { ...spec, element: 'int8', space: 'dot' } }),
  object: field(9, 'object', {}),
  hashed: field(10, 'hashed', { vector: hashedSpec }),
  set: field(11, 'set', { vector: setSpec }),
  ranks: field(12, 'child.ranks', { vector: ranksSpec })
}

/** Uniform in [0, 1), the same for the same seed. */
export type Random = () => number

/** mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

export function below(random: Random, end: number): number {
  return Math.floor(random() * end)
}

/** With characters whose UTF-16 order is not that of their bytes. */
const words = [
  'a',
  'ab',
  'b',
  'zebra',
  'é',
  '\ue000x',
  '\uffee',
  '😀',
  '𐀀b',
  'tail',
  '日本',
  'ß',
  '__proto__'
]
const longs = [0n, 1n, -1n, 7n, 1000n, 2n ** 40n, -(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n]
const doubles = [0, 0.5, -1.25, 3, 1e300, -7.1, 0.1, 2 ** 53, 123456, -0]

export function randomGroups(random: Random, count: number, idPrefix: string = 'id'): Group[] {
  return Array.from({ length: count }, (_, at) => randomGroup(random, `${idPrefix}-${at}`, at))
}

export function randomGroup(random: Random, id: string, seqNo: number): Group {
  const childCount = random() < 0.3 ? 1 + below(random, 3) : 0
  const docs = Array.from({ length: childCount }, () => randomChild(random))
  const { root, text, source } = randomRoot(random, childCount)
  docs.push(root)
  const routing = random() < 0.2 ? `shard ${below(random, 3)}` : null
  return {
    document: { id, routing, source, docs },
    seqNo,
    version: 1 + below(random, 5),
    text
  }
}

function randomChild(random: Random): IndexableDoc {
  const vector = Int8Array.from({ length: spec.dims }, () => below(random, 256) - 128)
  return {
    path: random() < 0.8 ? 'child' : 'child.grandchild',
    columns: [{ field: fields.depth, values: [BigInt(below(random, 4))] }],
    terms: [],
    vectors: [
      ...(random() < 0.7 ? [{ field: fields.childVector, vector }] : []),
      ...(random() < 0.7 ? [{ field: fields.ranks, vector: randomFloats(random) }] : [])
    ],
    present: []
  }
}

function randomRoot(
  random: Random,
  childCount: number
): { root: IndexableDoc; text: string; source: IndexableDocument['source'] } {
  const tags = some(random, 0.6, () => pick(random, words))
  const vectorText = random() < 0.8 ? randomVectorText(random) : null
  const root: IndexableDoc = {
    path: '',
    columns: [
      { field: fields.count, values: some(random, 0.9, () => pick(random, longs)) },
      { field: fields.price, values: some(random, 0.5, () => pick(random, doubles)) },
      { field: fields.tag, values: tags },
      { field: fields.rare, values: random() < 0.02 ? [BigInt(below(random, 10))] : [] }
    ],
    terms: random() < 0.7 ? [randomText(random)] : [],
    vectors: [
      ...(vectorText === null
        ? []
        : [{ field: fields.vector, vector: Float32Array.from(vectorText.numbers) }]),
      ...(random() < 0.8 ? [{ field: fields.hashed, vector: randomFloats(random) }] : []),
      ...(random() < 0.6 ? [{ field: fields.set, vector: randomSet(random) }] : [])
    ],
    present: random() < 0.3 ? ['object'] : []
  }
  return { root, ...sourceWith(vectorText, childCount) }
}

/** A source with the vector's text cut out of its middle. */
function sourceWith(
  vector: { readonly text: string; readonly form: SourceCut['form'] } | null,
  childCount: number
): { text: string; source: IndexableDocument['source'] } {
  const before = '{"a" : 1, "vector": '
  const after = ', "z":"ünd"}'
  const bytes = Buffer.from(vector === null ? '{"a":true}' : before + after)
  const cuts: SourceCut[] =
    vector === null
      ? []
      : [
          {
            offset: before.length,
            field: fields.vector.number,
            docOffset: childCount,
            form: vector.form
          }
        ]
  const text = vector === null ? '{"a":true}' : before + vector.text + after
  return { text, source: { text: bytes, cuts } }
}

/** Text as a user may have written it, by the form that gives it back. */
function randomVectorText(random: Random): {
  text: string
  form: SourceCut['form']
  numbers: number[]
} {
  const form = pick(random, ['float64', 'float32', 'int'] as const)
  const numbers = Array.from({ length: spec.dims }, () => {
    if (form === 'int') return below(random, 200) - 100
    return form === 'float32' ? below(random, 1000) / 100 : Math.fround(random() * 2 - 1)
  })
  return { text: JSON.stringify(numbers), form, numbers }
}

export function randomFloats(random: Random): Float32Array {
  return Float32Array.from({ length: spec.dims }, () => 4 * random() - 2)
}

/** True indices; some sets are empty. */
export function randomSet(random: Random): Int32Array {
  const share = random() - 0.05
  const all = Array.from({ length: setDims }, (_, index) => index)
  return Int32Array.from(all.filter(() => random() < share))
}

function randomText(random: Random): IndexableDoc['terms'][number] {
  const length = below(random, 60)
  const positions = new Map<string, number[]>()
  for (let position = 0; position < length; position++) {
    const word = pick(random, words)
    positions.set(word, [...(positions.get(word) ?? []), position])
  }
  const terms = [...positions].map(([term, at]) => ({ term, positions: at }))
  return { field: fields.body, terms, length }
}

function some<T>(random: Random, share: number, one: () => T): T[] {
  if (random() >= share) return []
  return Array.from({ length: random() < 0.7 ? 1 : 1 + below(random, 4) }, one)
}

export function pick<T>(random: Random, values: readonly T[]): T {
  return values[below(random, values.length)]!
}

export function flatten(groups: readonly Group[]): FlatDoc[] {
  return groups.flatMap((group) =>
    group.document.docs.map((doc, at) => ({
      doc,
      group,
      isRoot: at === group.document.docs.length - 1
    }))
  )
}

export function rootsOf(docs: readonly FlatDoc[]): number[] {
  return docs.flatMap(({ isRoot }, docId) => (isRoot ? [docId] : []))
}

export function bitsOf(capacity: number, members: Iterable<number>): BitSet {
  const bits = new BitSet(capacity)
  for (const member of members) bits.add(member)
  return bits
}
