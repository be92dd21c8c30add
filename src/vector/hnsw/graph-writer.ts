/** Writes a finished graph, its codes and its rows, in the order of the new ordinals. Layout: hnsw-format.ts. */
import { codePageGeometry, smallPageBytes, smallPageGeometry } from '../geometry.ts'
import { codedDimsText } from './coded-dims.ts'
import { graphVersion } from './graph-parameters.ts'
import { listBits, ListPacker, packedBytes, planPages } from './packed-lists.ts'
import { PageWriter } from '../page-writer.ts'
import { packingOf } from '../row-packing.ts'
import type { RowPacking } from '../row-packing.ts'
import { rowStride, wordGeometry } from '../row-table.ts'
import { RowWriter } from '../row-writer.ts'
import type { Slices } from '../slices.ts'
import type { BuiltIndex, PageSink, VectorRows } from '../types.ts'
import type { GraphMemory } from './graph-memory.ts'
import type { WalkFacts } from './walk-check.ts'

export type GraphFacts = WalkFacts & { readonly seed: number; readonly sampleRecall: number }

/** @param nodes  All nodes in the order of their ordinals; deleted ones among them get none. */
export async function writeGraph(
  memory: GraphMemory,
  nodes: Uint32Array,
  rows: VectorRows,
  sink: PageSink,
  slices: Slices,
  facts: GraphFacts
): Promise<BuiltIndex> {
  const order = memory.nodes.hasGone ? nodes.filter((node) => !memory.isGone(node)) : nodes
  const count = order.length
  const ordOf = new Uint32Array(memory.count)
  const rowOfOrd = new Uint32Array(count)
  for (let ord = 0; ord < count; ord++) {
    ordOf[order[ord]!] = ord
    rowOfOrd[ord] = memory.nodes.rows[order[ord]!]!
    if (ord % stepNodes === 0 && slices.due()) await slices.wait()
  }
  const codes = await writeCodes(memory, order, sink, slices)
  const lists = await writeLists(memory, order, ordOf, sink, slices)
  const upper = await writeUpper(memory, order, ordOf, sink, slices)
  const { packing, pageCounts } = await writeRows(memory, rowOfOrd, rows, sink, slices)
  const { spec, layout, range } = memory
  return {
    meta: {
      format: 'hnsw',
      version: graphVersion,
      spec,
      count,
      pageCounts: { codes, lists: lists.pageCount, upper: upper.pageCount, ...pageCounts },
      parameters: {
        codes: layout.kind,
        rangeLow: range.low,
        rangeScale: range.scale,
        codedDims: codedDimsText(range.codedDims, spec.dims),
        entry: count === 0 ? 0 : ordOf[memory.entry]!,
        topLevel: count === 0 ? -1 : memory.topLevel,
        records: upper.recordCount,
        mapPages: upper.mapPages,
        smallPageBytes,
        listBits: lists.bits,
        listsPerPage: lists.perPage,
        listPageBytes: lists.pageBytes,
        packing,
        seed: facts.seed,
        sampleRecall: facts.sampleRecall,
        beamFactor: facts.beamFactor,
        farDistance: facts.farDistance,
        spread: facts.spread
      }
    },
    rowOfOrd
  }
}

const stepNodes = 4_096

async function pause(writer: PageWriter | null, slices: Slices): Promise<void> {
  await writer?.full()
  if (slices.due()) await slices.wait()
}

async function writeCodes(
  memory: GraphMemory,
  order: Uint32Array,
  sink: PageSink,
  slices: Slices
): Promise<number> {
  const geometry = codePageGeometry(memory.layout.geometry.stride)
  const writer = new PageWriter('codes', geometry, sink)
  const { bytes } = memory.context
  for (const node of order) {
    const at = memory.codeAddress(node)
    writer.add(bytes.subarray(at, at + geometry.stride))
    if (writer.isFull) await pause(writer, slices)
  }
  await writer.flush()
  return writer.pageCount
}

/** A list with its nodes renumbered. `target` is zeroed and 4-aligned. */
function copyList(memory: GraphMemory, from: number, target: Uint8Array, ordOf: Uint32Array): void {
  const { words } = memory.context
  const at = from >>> 2
  const count = words[at]!
  const list = new Uint32Array(target.buffer, target.byteOffset, count + 1)
  list[0] = count
  for (let i = 1; i <= count; i++) list[i] = ordOf[words[at + i]!]!
}

async function writeLists(
  memory: GraphMemory,
  order: Uint32Array,
  ordOf: Uint32Array,
  sink: PageSink,
  slices: Slices
): Promise<ListPages> {
  const { words } = memory.context
  const { lists } = memory
  const bits = listBits(order.length)
  const sizes = new Uint16Array(order.length)
  for (let ord = 0; ord < order.length; ord++) {
    sizes[ord] = packedBytes(words[lists.address(order[ord]!) >>> 2]!, bits)
    if (ord % stepNodes === 0 && slices.due()) await slices.wait()
  }
  const { perPage, pageBytes } = planPages(sizes)
  const packer = new ListPacker(bits, pageBytes)
  let pageCount = 0
  for (let first = 0; first < order.length; first += perPage) {
    const held = order.subarray(first, first + perPage)
    packer.begin(held.length)
    for (const node of held) {
      const at = lists.address(node) >>> 2
      packer.add(words, at + 1, words[at]!, ordOf)
    }
    await sink('lists', pageCount, packer.finish())
    pageCount += 1
    if (slices.due()) await slices.wait()
  }
  return { pageCount, bits, perPage, pageBytes }
}

type ListPages = {
  readonly pageCount: number
  readonly bits: number
  readonly perPage: number
  readonly pageBytes: number
}

type Upper = {
  readonly pageCount: number
  readonly mapPages: number
  readonly recordCount: number
}

/** First the map (word of an ord: 1 + its first record, or 0), then the records in the order of the ords. */
async function writeUpper(
  memory: GraphMemory,
  order: Uint32Array,
  ordOf: Uint32Array,
  sink: PageSink,
  slices: Slices
): Promise<Upper> {
  const map = new PageWriter('upper', wordGeometry, sink)
  let record = 0
  for (const node of order) {
    const level = memory.nodes.levels[node]!
    const word = map.next()
    if (level > 0) new DataView(word.buffer, word.byteOffset, 4).setUint32(0, record + 1, true)
    record += level
    if (map.isFull) await pause(map, slices)
  }
  await map.flush()
  const records = new PageWriter('upper', memory.uppers, sink, map.pageCount)
  for (const node of order) {
    const first = memory.firstRecord(node)
    for (let level = 0; level < memory.nodes.levels[node]!; level++) {
      copyList(memory, memory.upperAddress(first + level), records.next(), ordOf)
      if (records.isFull) await pause(records, slices)
    }
  }
  await records.flush()
  return { pageCount: records.pageCount, mapPages: map.pageCount, recordCount: record }
}

type RowPages = {
  readonly packing: RowPacking
  readonly pageCounts: Partial<Record<'vectors' | 'norms', number>>
}

async function writeRows(
  memory: GraphMemory,
  rowOfOrd: Uint32Array,
  rows: VectorRows,
  sink: PageSink,
  slices: Slices
): Promise<RowPages> {
  const { layout, spec } = memory
  if (layout.areRows) return { packing: 'none', pageCounts: {} }
  const packing = await packingOf(rows, spec, slices)
  const geometry = smallPageGeometry(rowStride(spec, packing))
  const writer = new RowWriter(spec, sink, geometry, packing)
  for (const row of rowOfOrd) {
    const written = writer.append(rows.row(row))
    if (written !== undefined) await written
    if (slices.due()) await slices.wait()
  }
  await writer.finish()
  return { packing, pageCounts: writer.pageCounts() }
}
