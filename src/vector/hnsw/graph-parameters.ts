/** What the meta of a graph says beyond its pages; the table is in hnsw-format.ts. */
import { VectorStoreError } from '../../util/index.ts'
import { packingIn } from '../row-packing.ts'
import type { RowPacking } from '../row-packing.ts'
import type { VectorIndexMeta } from '../types.ts'
import { codedDimsIn } from './coded-dims.ts'
import type { CodedDims } from './coded-dims.ts'

/**
 * Raised when the pages or the parameters change. 2: lists and vectors in pages of 4 KiB; beamFactor, farDistance. 3: packed
 * vectors. 4: spread. 5: packed lists. 6: long codes
 * in small pages. 7: codes of some dimensions.
 */
export const graphVersion = 7

export type GraphParameters = {
  readonly codes: string
  readonly rangeLow: number
  readonly rangeScale: number
  /** coded-dims.ts */
  readonly codedDims: CodedDims
  readonly entry: number
  readonly topLevel: number
  readonly records: number
  readonly mapPages: number
  /** Of the pages of vectors and long codes (geometry.ts). */
  readonly smallPageBytes: number
  /** packed-lists.ts */
  readonly listBits: number
  readonly listsPerPage: number
  readonly listPageBytes: number
  /** Of the vectors (row-packing.ts). */
  readonly packing: RowPacking
  /** walk-check.ts */
  readonly beamFactor: number
  readonly farDistance: number
  /** spread.ts */
  readonly spread: number
}

/** Errors: STORE_FORMAT when the meta is not of this format or lacks a parameter. */
export function graphParameters(meta: VectorIndexMeta): GraphParameters {
  const { codes } = meta.parameters
  const number = (name: string): number => {
    const value = meta.parameters[name]
    if (typeof value === 'number') return value
    throw new VectorStoreError('STORE_FORMAT', `parameter ${name} is ${value}, wanted a number`)
  }
  if (meta.format !== 'hnsw' || meta.version !== graphVersion || typeof codes !== 'string') {
    throw new VectorStoreError(
      'STORE_FORMAT',
      `vector index is ${meta.format} version ${meta.version}, wanted hnsw version ${graphVersion}`
    )
  }
  return {
    codes,
    rangeLow: number('rangeLow'),
    rangeScale: number('rangeScale'),
    codedDims: codedDimsOf(meta),
    entry: number('entry'),
    topLevel: number('topLevel'),
    records: number('records'),
    mapPages: number('mapPages'),
    smallPageBytes: number('smallPageBytes'),
    listBits: number('listBits'),
    listsPerPage: number('listsPerPage'),
    listPageBytes: number('listPageBytes'),
    packing: packingIn(meta),
    beamFactor: number('beamFactor'),
    farDistance: number('farDistance'),
    spread: number('spread')
  }
}

function codedDimsOf({ spec, parameters }: VectorIndexMeta): CodedDims {
  const text = parameters['codedDims']
  const found = typeof text === 'string' ? codedDimsIn(text, spec.dims) : null
  if (found !== null) return found.coded
  throw new VectorStoreError(
    'STORE_FORMAT',
    `parameter codedDims is ${text}, wanted bits of ${spec.dims} dimensions`
  )
}
