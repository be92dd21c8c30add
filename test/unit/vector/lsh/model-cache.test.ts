import test from 'ava'
import type { SparseHashSpec } from '../../../../src/vector/lsh/hash-model.ts'
import {
  denseHashModel,
  ModelCache,
  sparseHashModel
} from '../../../../src/vector/lsh/model-cache.ts'

const specOf = (tables: number): SparseHashSpec => ({
  model: 'minHash',
  dims: 10,
  tables,
  functions: 1
})

test('get: a model is drawn once for equal specs, whatever the order of their keys', (t) => {
  t.is(
    sparseHashModel({ model: 'minHash', dims: 8, tables: 2, functions: 3 }),
    sparseHashModel({ functions: 3, tables: 2, dims: 8, model: 'minHash' })
  )
  t.not(
    sparseHashModel({ model: 'minHash', dims: 8, tables: 2, functions: 3 }),
    sparseHashModel({ model: 'bitSampling', dims: 8, tables: 2, functions: 3 })
  )
  t.not(
    denseHashModel({ model: 'stableDistributions', dims: 8, tables: 2, functions: 3, width: 1 }),
    denseHashModel({ model: 'stableDistributions', dims: 8, tables: 2, functions: 3, width: 2 })
  )
})

test('get: those not asked for the longest go first, once the bytes are too many', (t) => {
  const created: number[] = []
  const cache = new ModelCache((spec: SparseHashSpec) => {
    const tables = spec.model === 'trueIndices' ? 0 : spec.tables
    created.push(tables)
    return { sizeInBytes: 40 }
  }, 100)
  for (const tables of [1, 2, 1, 3, 1, 3, 2]) cache.get(specOf(tables))
  t.deepEqual(created, [1, 2, 3, 2])
})

test('get: a model larger than all bytes is kept while it is the newest', (t) => {
  let createdCount = 0
  const cache = new ModelCache(
    (_spec: SparseHashSpec) => ({ sizeInBytes: 1000, at: createdCount++ }),
    100
  )
  t.is(cache.get(specOf(1)), cache.get(specOf(1)))
  cache.get(specOf(2))
  cache.get(specOf(1))
  t.is(createdCount, 3)
})

test('get: no more than 32 models are kept, however small they are', (t) => {
  let createdCount = 0
  const cache = new ModelCache((_spec: SparseHashSpec) => ({ sizeInBytes: 0, at: createdCount++ }))
  for (let tables = 1; tables <= 33; tables++) cache.get(specOf(tables))
  cache.get(specOf(2))
  t.is(createdCount, 33)
  cache.get(specOf(1))
  t.is(createdCount, 34)
})
