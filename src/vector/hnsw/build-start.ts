/**
 * Loads the graph that a build begins with into the arena: its codes and lists as they are, page by page. Its ordinals are the
 * first nodes. Deleted ones stay until the new graph is written, but leave the lists of the others (mend).
 */
import { absentRow, pagesFor, wordsPerPage } from '../geometry.ts'
import { wordGeometry } from '../row-table.ts'
import type { Slices } from '../slices.ts'
import type { Graph } from '../types.ts'
import type { GraphMemory } from './graph-memory.ts'

/** Pages copied between two looks at the clock; one takes about 10 µs when it has to be read. */
const stepPages = 16

/** Level of each ordinal: the records of one end where those of the next begin. */
export async function levelsOf(graph: Graph, slices: Slices): Promise<Uint8Array> {
  const levels = new Uint8Array(graph.count)
  let last = -1
  let lastRecord = 0
  for (let page = 0; page * wordsPerPage < graph.count; page++) {
    const payload = graph.page('upper', page)
    const first = page * wordsPerPage
    const end = Math.min(graph.count, first + wordsPerPage)
    const words = new Uint32Array(payload.buffer, payload.byteOffset, end - first)
    for (let ord = first; ord < end; ord++) {
      const word = words[ord - first]!
      if (word === 0) continue
      if (last >= 0) levels[last] = word - 1 - lastRecord
      last = ord
      lastRecord = word - 1
    }
    if (slices.due()) await slices.wait()
  }
  if (last >= 0) levels[last] = graph.recordCount - lastRecord
  return levels
}

export async function loadGraph(memory: GraphMemory, graph: Graph, slices: Slices): Promise<void> {
  const { count } = graph
  const { uppers, mapPages } = memory
  const { bytes } = memory.context
  const graphMapPages = pagesFor(wordGeometry, count)
  const copy = async (
    records: number,
    geometry: { readonly perPage: number; readonly stride: number },
    shift: { readonly from: number; readonly to: number }
  ): Promise<void> => {
    for (let page = 0; page * geometry.perPage < records; page++) {
      const held = Math.min(geometry.perPage, records - page * geometry.perPage)
      const payload = graph.page('upper', shift.from + page).subarray(0, held * geometry.stride)
      memory.page('upper', shift.to + page).set(payload)
      if (page % stepPages === 0 && slices.due()) await slices.wait()
    }
  }
  const inPlace = { from: 0, to: 0 }
  const codes = { ...graph.codePages, arenaPerPage: memory.layout.geometry.perPage }
  await loadRecords('codes', graph, codes, slices, (node, records) =>
    bytes.set(records, memory.codeAddress(node))
  )
  const lists = { ...graph.lists, arenaPerPage: memory.listsPlace.geometry.perPage }
  await loadRecords('lists', graph, lists, slices, (node, records) =>
    bytes.set(records, memory.lists.address(node))
  )
  await copy(count, wordGeometry, inPlace)
  await copy(graph.recordCount, uppers, { from: graphMapPages, to: mapPages })
  setEntry(memory, graph)
}

/** As many at once as lie together in both: pages of codes and lists may be others than those of the arena. */
async function loadRecords(
  kind: 'codes' | 'lists',
  graph: Graph,
  {
    perPage,
    stride,
    arenaPerPage
  }: { readonly perPage: number; readonly stride: number; readonly arenaPerPage: number },
  slices: Slices,
  take: (node: number, records: Uint8Array) => void
): Promise<void> {
  for (let page = 0; page * perPage < graph.count; page++) {
    const payload = graph.page(kind, page)
    const first = page * perPage
    const end = Math.min(first + perPage, graph.count)
    for (let node = first; node < end;) {
      const next = Math.min(end, node + arenaPerPage - (node % arenaPerPage))
      take(node, payload.subarray((node - first) * stride, (next - first) * stride))
      node = next
    }
    if (page % stepPages === 0 && slices.due()) await slices.wait()
  }
}

/** The entry of the graph, or when that was deleted another node of the highest level there is. */
function setEntry(memory: GraphMemory, graph: Graph): void {
  const { rows, levels, startCount } = memory.nodes
  if (rows[graph.entry] !== absentRow) {
    memory.setEntry(graph.entry, graph.topLevel)
    return
  }
  let entry = -1
  for (let node = 0; node < startCount; node++)
    if (rows[node] !== absentRow && (entry < 0 || levels[node]! > levels[entry]!)) entry = node
  if (entry >= 0) memory.setEntry(entry, levels[entry]!)
}
