/** Runs the suite of vector indexes on every format, and on frames that are all evicted between two looks. */
import test from 'ava'
import { formatOf, openGrowingIndex } from '../../../src/vector/index.ts'
import { elementSuite, vectorIndexSuite } from '../../suite/vector-index.ts'
import type { IndexFactory } from '../../suite/vector-index.ts'
import { ArrayPages, ArrayPageSource } from '../../support/array-pages.ts'
import { newestFormat } from '../../support/newest-format.ts'
import { pinnedIn } from '../../support/pinned-in.ts'

function built(name: string, frameCount: number): IndexFactory {
  return async (vectors, spec) => {
    const pages = new ArrayPages()
    const rows = { count: vectors.length, row: (at: number) => vectors[at]! }
    const options = { seed: 3, threads: 0 }
    const { meta, rowOfOrd } = await newestFormat(name).build(rows, spec, pages.sink, options)
    const source = new ArrayPageSource(pages, frameCount, 4 << 20)
    return { index: formatOf(meta.format, meta.version).open(meta, source), rowOfOrd }
  }
}

const growing: IndexFactory = async (vectors, spec) => {
  const source = new ArrayPageSource(new ArrayPages(), 1, 32 << 20)
  const index = openGrowingIndex(spec, source, pinnedIn(source))
  for (const vector of vectors) index.append(vector)
  return { index: index.at(vectors.length), rowOfOrd: vectors.map((_, at) => at) }
}

elementSuite(test, 'sparse', 'sparse-bool', built('sparse', 64))
elementSuite(test, 'sparse, one frame', 'sparse-bool', built('sparse', 2))
elementSuite(test, 'growing sparse', 'sparse-bool', growing)
vectorIndexSuite(test, 'flat', built('flat', 64))
vectorIndexSuite(test, 'flat, one frame', built('flat', 1))
vectorIndexSuite(test, 'growing flat', growing)
vectorIndexSuite(test, 'hnsw', built('hnsw', 64))
vectorIndexSuite(test, 'hnsw, one frame', built('hnsw', 1))

test('GrowingFlatIndex: a view sees the vectors up to its watermark, whatever is appended', (t) => {
  const source = new ArrayPageSource(new ArrayPages(), 1, 8 << 20)
  const spec = {
    dims: 300,
    element: 'float32',
    space: 'cosine',
    index: 'flat',
    m: 16,
    efConstruction: 100,
    codes: 'auto'
  } as const
  const index = openGrowingIndex(spec, source, pinnedIn(source))
  const vector = (at: number): Float32Array => new Float32Array(300).fill(1).fill(at, 0, 150)
  for (let at = 0; at < 40; at++) t.is(index.append(vector(at)), at)
  const view = index.at(30)
  const query = {
    query: vector(39),
    k: 50,
    candidates: 0,
    rescore: 0,
    accept: null,
    strategy: 'planned'
  } as const
  const score = view.rawScorer(vector(39))
  const before = score(7)
  for (let at = 40; at < 60; at++) index.append(vector(at === 55 ? -1 : at))
  t.is(score(7), before, 'the table has moved')
  t.is(view.size, 30)
  t.deepEqual(
    [...view.search(query).ords].sort((a, b) => a - b),
    Array.from({ length: 30 }, (_, at) => at)
  )
  t.is(index.at(60).search(query).ords.length, 50)
  view.close()
  t.is(index.at(60).search({ ...query, query: vector(-1), k: 1 }).ords[0], 55)
  index.close()
})
