/**
 * Sparse, version 3: rows of true indices, in the order given. Ordinal = row. Parameters: indices, of all rows; listBlocks, of the
 * lists.
 *
 * | pages                   | what                   |
 * | ----------------------- | ---------------------- |
 * | vectors, rowStarts      | sparse-rows.ts         |
 * | rowLists, rowListStarts | row-lists.ts           |
 * | hashTerms, hashPostings | lsh/postings-format.ts |
 */
import { ascending, assert } from '../../util/index.ts'
import { buildHashPostings } from '../lsh/build-postings.ts'
import { openHashPostings } from '../lsh/paged-postings.ts'
import { yieldEvery } from '../slices.ts'
import type { Slices } from '../slices.ts'
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
import { RowLists } from './row-lists.ts'
import { RowListsWriter } from './row-lists-writer.ts'
import { checkSpace, checkSparse, SparseRows } from './sparse-rows.ts'

const version = 3

export const sparseFormat: VectorIndexFormat = { name: 'sparse', version, build, open }

const wordMax = 2 ** 32
/** Dims whose indices take two bytes. */
const shortDimsMax = 65_536

function indexBytesOf({ dims }: VectorSpec): 2 | 4 {
  return dims <= shortDimsMax ? 2 : 4
}

async function build(
  rows: VectorRows,
  spec: VectorSpec,
  sink: PageSink,
  options: BuildOptions
): Promise<BuiltIndex> {
  checkSpace(spec.space)
  const words = new WordWriter('vectors', sink, indexBytesOf(spec))
  const starts = new WordWriter('rowStarts', sink, 4)
  const lists = RowListsWriter.of(spec, rows.count, sink)
  const pause = yieldEvery(options.signal)
  starts.add([0])
  for (let row = 0; row < rows.count; row++) {
    const vector = rows.row(row)
    checkSparse(vector, spec)
    words.add(vector)
    assert(words.count < wordMax, 'true indices of an index < 2^32')
    starts.add([words.count])
    lists?.add(vector)
    if (lists?.isBlockFull === true) await lists.endBlock(pause)
    if (words.hasFullPages) await words.flush()
    if (starts.hasFullPages) await starts.flush()
    if (pause.due()) {
      options.onProgress?.(row, rows.count)
      await pause.wait()
    }
  }
  await words.finish()
  await starts.finish()
  await lists?.finish(pause)
  const hashed = await hashedRows(rows, spec, sink, pause)
  options.onProgress?.(rows.count, rows.count)
  const meta: VectorIndexMeta = {
    format: 'sparse',
    version,
    spec,
    count: rows.count,
    pageCounts: {
      vectors: words.pageCount,
      rowStarts: starts.pageCount,
      ...lists?.pageCounts,
      ...hashed.pageCounts
    },
    ...hashed.meta,
    parameters: { indices: words.count, listBlocks: lists?.blockCount ?? 0 }
  }
  return { meta, rowOfOrd: ascending(new Uint32Array(rows.count)) }
}

/** Pages of hash terms and what is known of them; nothing where the rows have none. */
async function hashedRows(
  rows: VectorRows,
  { hashes }: VectorSpec,
  sink: PageSink,
  pause: Slices
): Promise<{
  readonly pageCounts: VectorIndexMeta['pageCounts']
  readonly meta: Pick<VectorIndexMeta, 'hashes'>
}> {
  if (hashes === undefined) return { pageCounts: {}, meta: {} }
  const { pageCounts, meta } = await buildHashPostings(hashes, rows, sink, pause)
  return { pageCounts, meta: { hashes: meta } }
}

function open(meta: VectorIndexMeta, source: PageSource): VectorIndex {
  const { spec, count, pageCounts } = meta
  const starts = source.table('rowStarts', pageCounts.rowStarts ?? 0)
  const rows = source.table('vectors', pageCounts.vectors ?? 0)
  const hashes = openHashPostings(meta, source)
  const lists = RowLists.of(meta, source)
  const indexBytes = indexBytesOf(spec)
  const bytes = (count + 1) * 4 + Number(meta.parameters['indices']) * indexBytes
  const close = (): void => {
    starts.close()
    rows.close()
    lists?.close()
    hashes?.close()
  }
  const sparse = new SparseRows(spec, source, { starts, rows, indexBytes, lists })
  const listBytes = lists?.sizeInBytes ?? 0
  const pages = { bytes: () => bytes + listBytes, close }
  return new SparseIndex(spec, sparse, () => count, pages, hashes)
}
