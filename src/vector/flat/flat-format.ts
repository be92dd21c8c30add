/**
 * Flat, version 4: the rows, in the order given. Ordinal = row. Parameter: packing (row-packing.ts), of the rows.
 *
 * | pages   | what            |
 * | ------- | --------------- |
 * | vectors | row-table.ts    |
 * | norms   | row-table.ts    |
 * | hashTerms, hashPostings | lsh/postings-format.ts |
 * | sketches, sketchAxes | sketches.ts; of many packed rows that are compared by l2 and have hash terms |
 */
import { ascending } from '../../util/index.ts'
import { pageGeometry } from '../geometry.ts'
import { buildHashPostings } from '../lsh/build-postings.ts'
import { openHashPostings } from '../lsh/paged-postings.ts'
import { packingIn, packingOf } from '../row-packing.ts'
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
import { axisCount } from './sketch-axes.ts'
import { Sketches, SketchWriter } from './sketches.ts'

export const flatFormat: VectorIndexFormat = { name: 'flat', version: flatVersion, build, open }

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
  const sketches = await SketchWriter.of(spec, packing, rows, sink, pause)
  for (let row = 0; row < rows.count; row++) {
    const vector = rows.row(row)
    const written = writer.append(vector)
    if (written !== undefined) await written
    const sketched = sketches?.append(vector as Float32Array)
    if (sketched !== undefined) await sketched
    if (pause.due()) {
      options.onProgress?.(row, rows.count)
      await pause.wait()
    }
  }
  await writer.finish()
  await sketches?.finish()
  const hashed =
    spec.hashes === undefined ? null : await buildHashPostings(spec.hashes, rows, sink, pause)
  options.onProgress?.(rows.count, rows.count)
  const rowOfOrd = ascending(new Uint32Array(rows.count))
  const meta: VectorIndexMeta = {
    format: 'flat',
    version: flatVersion,
    spec,
    count: rows.count,
    pageCounts: { ...writer.pageCounts(), ...sketches?.pageCounts(), ...hashed?.pageCounts },
    ...(hashed === null ? {} : { hashes: hashed.meta }),
    parameters: { packing }
  }
  return { meta, rowOfOrd }
}

function open(meta: VectorIndexMeta, source: PageSource): VectorIndex {
  const packing = packingIn(meta)
  const { spec, pageCounts } = meta
  const rows = source.table('vectors', pageCounts.vectors ?? 0)
  const norms = pageCounts.norms === undefined ? null : source.table('norms', pageCounts.norms)
  const geometry = pageGeometry(rowStride(spec, packing))
  const sketches = Sketches.of(meta, source)
  const table = new RowTable(spec, source, rows, norms, geometry, { packing, sketches })
  const hashes = openHashPostings(meta, source)
  const sketchBytes = sketches === null ? 0 : axisCount
  const bytes = meta.count * (geometry.stride + sketchBytes)
  const close = (): void => {
    table.close()
    rows.close()
    norms?.close()
    sketches?.close()
    hashes?.close()
  }
  const pages = { bytes: () => bytes, close }
  return new FlatIndex(spec, source, table, () => meta.count, pages, hashes)
}
