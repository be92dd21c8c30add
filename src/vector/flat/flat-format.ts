/**
 * Flat, version 1: the rows, in the order given. Ordinal = row. Version 2: the same, rows packed (row-packing.ts) as the
 * parameter `packing` says.
 *
 * | pages   | what            |
 * | ------- | --------------- |
 * | vectors | row-table.ts    |
 * | norms   | row-table.ts    |
 * | hashTerms, hashPostings | lsh/postings-format.ts |
 */
import { VectorStoreError } from '../../util/index.ts'
import { pageGeometry } from '../geometry.ts'
import { buildHashPostings } from '../lsh/build-postings.ts'
import { openHashPostings } from '../lsh/paged-postings.ts'
import { packingOf } from '../row-packing.ts'
import type { RowPacking } from '../row-packing.ts'
import { RowTable, rowStride } from '../row-table.ts'
import { RowWriter } from '../row-writer.ts'
import { spaceMetric } from '../spaces.ts'
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
import { FlatIndex, flatVersion } from './flat-index.ts'

/** Rows that fit are packed: what is built may be of version 2. */
export const flatFormat: VectorIndexFormat = { name: 'flat', version: 1, build, open }
export const packedFlatFormat: VectorIndexFormat = { name: 'flat', version: 2, build, open }

async function build(
  rows: VectorRows,
  spec: VectorSpec,
  sink: PageSink,
  options: BuildOptions
): Promise<BuiltIndex> {
  spaceMetric(spec)
  const pause = yieldEvery(options.signal)
  const packing = await packingOf(rows, spec, pause)
  const writer = new RowWriter(spec, sink, pageGeometry(rowStride(spec, packing)), packing)
  for (let row = 0; row < rows.count; row++) {
    const written = writer.append(rows.row(row))
    if (written !== undefined) await written
    if (pause.due()) {
      options.onProgress?.(row, rows.count)
      await pause.wait()
    }
  }
  await writer.finish()
  const hashed =
    spec.hashes === undefined ? null : await buildHashPostings(spec.hashes, rows, sink, pause)
  options.onProgress?.(rows.count, rows.count)
  const rowOfOrd = Uint32Array.from({ length: rows.count }, (_, ord) => ord)
  const meta: VectorIndexMeta = {
    format: 'flat',
    version: flatVersion(packing),
    spec,
    count: rows.count,
    pageCounts: { ...writer.pageCounts(), ...hashed?.pageCounts },
    ...(hashed === null ? {} : { hashes: hashed.meta }),
    parameters: packing === 'none' ? {} : { packing }
  }
  return { meta, rowOfOrd }
}

function open(meta: VectorIndexMeta, source: PageSource): VectorIndex {
  const packing = packingOfMeta(meta)
  const { spec, pageCounts } = meta
  const rows = source.table('vectors', pageCounts.vectors ?? 0)
  const norms = pageCounts.norms === undefined ? null : source.table('norms', pageCounts.norms)
  const geometry = pageGeometry(rowStride(spec, packing))
  const table = new RowTable(spec, source, rows, norms, geometry, packing)
  const hashes = openHashPostings(meta, source)
  const bytes = meta.count * geometry.stride
  const close = (): void => {
    table.close()
    rows.close()
    norms?.close()
    hashes?.close()
  }
  const pages = { bytes: () => bytes, close }
  return new FlatIndex(spec, source, table, () => meta.count, pages, hashes)
}

/** Errors: STORE_FORMAT when it is not known here. */
function packingOfMeta({ format, version, parameters }: VectorIndexMeta): RowPacking {
  const { packing } = parameters
  if (format === 'flat' && version === 1) return 'none'
  if (format === 'flat' && version === 2 && (packing === 'u8' || packing === 'i8')) return packing
  throw new VectorStoreError(
    'STORE_FORMAT',
    `vector index is ${format} version ${version} with packing ${packing ?? 'none'}, wanted flat version 1 or 2`
  )
}
