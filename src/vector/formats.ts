/** The formats there are, by the name and version in a segment's manifest. */
import { VectorStoreError } from '../util/index.ts'
import { flatFormat } from './flat/flat-format.ts'
import { hnswFormat } from './hnsw/hnsw-format.ts'
import { wantsGraph } from './hnsw/planner.ts'
import { sparseFormat } from './sparse/sparse-format.ts'
import type { VectorIndexFormat, VectorSpec } from './types.ts'

const formats: readonly VectorIndexFormat[] = [flatFormat, hnswFormat, sparseFormat]

/** Errors: STORE_FORMAT when there is no such format here (a newer version wrote it). */
export function formatOf(name: string, version: number): VectorIndexFormat {
  const found = formats.find((format) => format.name === name && format.version === version)
  if (found !== undefined) return found
  const known = formats.map((format) => `${format.name} version ${format.version}`).join(', ')
  throw new VectorStoreError(
    'STORE_FORMAT',
    `vector index is ${name} version ${version}, wanted ${known}`,
    { details: { format: name, version } }
  )
}

/** The format a new index of `count` vectors is built in: a graph only where a walk beats a scan. */
export function chooseFormat(spec: VectorSpec, count: number): VectorIndexFormat {
  if (spec.element === 'sparse-bool') return sparseFormat
  return spec.hashes === undefined && wantsGraph(spec, count) ? hnswFormat : flatFormat
}
