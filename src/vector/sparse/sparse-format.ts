/**
 * Sparse, version 1: rows of true indices, in the order given. Ordinal = row.
 *
 * | pages                   | what                   |
 * | ----------------------- | ---------------------- |
 * | vectors, rowStarts      | sparse-rows.ts         |
 * | hashTerms, hashPostings | lsh/postings-format.ts |
 */
import { assert } from '../../util/index.ts'
import { buildHashPostings } from '../lsh/build-postings.ts'
import { openHashPostings } from '../lsh/paged-postings.ts'
import { yieldEvery } from '../slices.ts'
import type {
  BuildOptions,
  BuiltIndex,
  PageSink,
  PageSource,
  VectorIndex,
  VectorIndexFormat,
  VectorIndexMeta,
  VectorRows,
  VectorSpec
} from '../types.ts'
import { SparseIndex } from './sparse-index.ts'
import { WordWriter } from './word-writer.ts'
import { checkSpace, checkSparse, SparseRows } from './sparse-rows.ts'

const version = 1

export const sparseFormat: VectorIndexFormat = { name: 'sparse', version, build, open }

const wordMax = 2 ** 32

async function build(
  rows: VectorRows,
  spec: VectorSpec,
  sink: PageSink,
  options: BuildOptions
): Promise<BuiltIndex> {
  checkSpace(spec.space)
  const words = new WordWriter('vectors', sink)
  const starts = new WordWriter('rowStarts', sink)
  const pause = yieldEvery(options.signal)
  starts.add([0])
  for (let row = 0; row < rows.count; row++) {
    const vector = rows.row(row)
    checkSparse(vector, spec)
    words.add(vector)
    assert(words.count < wordMax, 'true indices of an index < 2^32')
    starts.add([words.count])
    if (words.hasFullPages) await words.flush()
    if (starts.hasFullPages) await starts.flush()
    if (pause.due()) {
      options.onProgress?.(row, rows.count)
      await pause.wait()
    }
  }
  await words.finish()
  await starts.finish()
  const hashed =
    spec.hashes === undefined ? null : await buildHashPostings(spec.hashes, rows, sink, pause)
  options.onProgress?.(rows.count, rows.count)
  const meta: VectorIndexMeta = {
    format: 'sparse',
    version,
    spec,
    count: rows.count,
    pageCounts: {
      vectors: words.pageCount,
      rowStarts: starts.pageCount,
      ...hashed?.pageCounts
    },
    ...(hashed === null ? {} : { hashes: hashed.meta }),
    parameters: { indices: words.count }
  }
  return { meta, rowOfOrd: Uint32Array.from({ length: rows.count }, (_, ord) => ord) }
}

function open(meta: VectorIndexMeta, source: PageSource): VectorIndex {
  const { spec, count, pageCounts } = meta
  const starts = source.table('rowStarts', pageCounts.rowStarts ?? 0)
  const rows = source.table('vectors', pageCounts.vectors ?? 0)
  const hashes = openHashPostings(meta, source)
  const bytes = (count + 1 + Number(meta.parameters['indices'])) * 4
  const close = (): void => {
    starts.close()
    rows.close()
    hashes?.close()
  }
  const sparse = new SparseRows(spec, source, starts, rows)
  return new SparseIndex(spec, sparse, () => count, { bytes: () => bytes, close }, hashes)
}
