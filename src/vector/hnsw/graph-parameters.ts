/** What the meta of a graph says beyond its pages; the table is in hnsw-format.ts. */
import { VectorStoreError } from '../../util/index.ts'
import { pageBytesMax } from '../geometry.ts'
import type { VectorIndexMeta } from '../types.ts'

export type GraphParameters = {
  readonly codes: string
  readonly rangeLow: number
  readonly rangeScale: number
  readonly entry: number
  readonly topLevel: number
  readonly records: number
  readonly mapPages: number
  /** Of the pages of lists and vectors (geometry.ts). */
  readonly smallPageBytes: number
  /** walk-check.ts; graphs built before it was there have 1 and -1. */
  readonly beamFactor: number
  readonly farDistance: number
}

/** Errors: STORE_FORMAT when the meta is not of this format or lacks a parameter. */
export function graphParameters(meta: VectorIndexMeta): GraphParameters {
  const { codes } = meta.parameters
  const number = (name: string, absent?: number): number => {
    const value = meta.parameters[name] ?? absent
    if (typeof value === 'number') return value
    throw new VectorStoreError('STORE_FORMAT', `parameter ${name} is ${value}, wanted a number`)
  }
  if (meta.format !== 'hnsw' || meta.version !== 1 || typeof codes !== 'string') {
    throw new VectorStoreError(
      'STORE_FORMAT',
      `vector index is ${meta.format} version ${meta.version}, wanted hnsw version 1`
    )
  }
  return {
    codes,
    rangeLow: number('rangeLow'),
    rangeScale: number('rangeScale'),
    entry: number('entry'),
    topLevel: number('topLevel'),
    records: number('records'),
    mapPages: number('mapPages'),
    smallPageBytes: number('smallPageBytes', pageBytesMax),
    beamFactor: number('beamFactor', 1),
    farDistance: number('farDistance', -1)
  }
}
