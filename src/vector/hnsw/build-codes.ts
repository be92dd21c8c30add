/**
 * Gets the nodes and their codes into an arena. Attempts, in this order, until one holds the neighbours:
 *
 * 1. the codes of the graph that the build begins with, and the new rows in its range
 * 2. 7-bit codes of all rows, in a range of a sample of them, of the dimensions that vary (coded-dims.ts)
 * 3. 7-bit codes of all dimensions
 * 4. floats (or whatever holds the rows exactly)
 */
import { VectorStoreError } from '../../util/index.ts'
import type { Slices } from '../slices.ts'
import { assertShape, normalise } from '../spaces.ts'
import type { BuildOptions, BuildStart, VectorRows, VectorSpec } from '../types.ts'
import { planNodes } from './build-nodes.ts'
import type { BuildNodes } from './build-nodes.ts'
import { levelsOf, loadGraph } from './build-start.ts'
import { canQuantize, codeLayout } from './code-layout.ts'
import { areDimsEnough, chooseCodedDims } from './coded-dims.ts'
import { stage, writeCode } from './code-writer.ts'
import { GraphMemory } from './graph-memory.ts'
import { codeRange, rangeSampleCount } from './quantizer.ts'
import type { CodeRange } from './quantizer.ts'
import { SampleCheck } from './sample-check.ts'

/** Below this recall of codes with rescoring, an index keeps float codes: a graph walk loses a little more. */
const sampleRecallMin = 0.97

const noRange: CodeRange = { low: 0, scale: 1, codedDims: null }

export type Coded = { readonly memory: GraphMemory; readonly sampleRecall: number }

/** Who links upper nodes while others are coded still. */
export type UpperLinker = {
  /** Nodes above level 0 have their codes, and the graph that the build begins with is there. */
  begin(memory: GraphMemory): void
  /** The codes that were begun with are not those of the index. */
  drop(): Promise<void>
}

type Attempt = {
  /** Codes in the range of the start graph are taken without the sample check: a later build checks them. */
  readonly trustsStart: boolean
  readonly rows: VectorRows
  readonly spec: VectorSpec
  readonly options: BuildOptions
  readonly slices: Slices
  readonly linker: UpperLinker | undefined
}

export async function codeRows(
  rows: VectorRows,
  spec: VectorSpec,
  options: BuildOptions,
  slices: Slices,
  { trustsStart = false, linker }: { trustsStart?: boolean; linker?: UpperLinker } = {}
): Promise<Coded> {
  const attempt: Attempt = { rows, spec, options, slices, trustsStart, linker }
  const { start } = options
  if (start !== undefined && isUsable(start, spec, rows.count)) {
    const coded = await codeFromStart(attempt, start)
    if (coded !== null && coded.sampleRecall >= sampleRecallMin) return coded
    await linker?.drop()
  }
  const nodes = await planNodes(rows.count, { ...options, m: spec.m }, null, slices)
  if (canQuantize(spec) && rows.count > 0) {
    const range = await sampleRange(rows, spec, slices)
    const ranges = range.codedDims === null ? [range] : [range, { ...range, codedDims: null }]
    for (const each of ranges) {
      const coded = await code(attempt, nodes, true, each)
      if (coded.sampleRecall >= sampleRecallMin) return coded
      await linker?.drop()
    }
  }
  return await code(attempt, nodes, false, noRange)
}

/** Floats where 7 bits may do are a verdict on other rows; it stands while those are the most. */
function isUsable({ graph, rowOfOrd }: BuildStart, spec: VectorSpec, rowCount: number): boolean {
  if (graph.m !== spec.m) return false
  return graph.codes.startsWith('i7') || !canQuantize(spec) || rowOfOrd.length * 2 >= rowCount
}

/** Result: null when pages of the graph are damaged, or its codes lack what the rows differ in; the rows are all that counts then. */
async function codeFromStart(attempt: Attempt, start: BuildStart): Promise<Coded | null> {
  const { rows, spec, options, slices } = attempt
  const { graph } = start
  if (!(await areDimsEnough(graph.range.codedDims, rows, spec, slices))) return null
  try {
    const levels = await levelsOf(graph, slices)
    const facts = { ...options, m: spec.m }
    const nodes = await planNodes(rows.count, facts, { ...start, levels }, slices)
    const load = (memory: GraphMemory): Promise<void> => loadGraph(memory, graph, slices)
    return await code(attempt, nodes, graph.codes.startsWith('i7'), graph.range, load)
  } catch (error) {
    if (error instanceof VectorStoreError && error.kind === 'corrupt') return null
    throw error
  }
}

async function code(
  { rows, spec, options, slices, trustsStart, linker }: Attempt,
  nodes: BuildNodes,
  quantized: boolean,
  range: CodeRange,
  load: (memory: GraphMemory) => Promise<void> = async () => {}
): Promise<Coded> {
  await slices.wait()
  const threads = Math.max(1, options.threads)
  const memory = new GraphMemory(
    spec,
    codeLayout(spec, quantized, range.codedDims),
    range,
    nodes,
    threads
  )
  await load(memory)
  const checks = quantized && !(trustsStart && nodes.startCount > 0)
  const check = checks ? new SampleCheck(memory, rows) : null
  await slices.wait()
  const { startCount, upperEnd, count } = nodes
  await writeCodes(memory, rows, check, slices, { from: startCount, to: upperEnd })
  linker?.begin(memory)
  await writeCodes(memory, rows, check, slices, { from: upperEnd, to: count })
  // The check compares the rows of the graph that the build begins with too.
  if (check !== null) await writeCodes(memory, rows, check, slices, { from: 0, to: startCount })
  return { memory, sampleRecall: check === null ? 1 : await check.recall(slices) }
}

async function writeCodes(
  memory: GraphMemory,
  rows: VectorRows,
  check: SampleCheck | null,
  slices: Slices,
  range: { readonly from: number; readonly to: number }
): Promise<void> {
  const { context, kernel, spec, layout, nodes } = memory
  for (let node = range.from; node < range.to; node++) {
    if (((node - range.from) & 15) === 0 && slices.due()) await slices.wait()
    if (memory.isGone(node)) continue
    const row = rows.row(nodes.rows[node]!)
    assertShape(row, spec)
    const address = memory.codeAddress(node)
    if (node < nodes.startCount) stage(context, spec, layout, row, context.scratch.query)
    else writeCode(context, spec, layout, row, { kernel, node, address })
    check?.addStaged()
  }
}

/** Range of a sample of rows spread over all, as many as give enough values. */
async function sampleRange(rows: VectorRows, spec: VectorSpec, slices: Slices): Promise<CodeRange> {
  const rowCount = Math.min(rows.count, Math.ceil(rangeSampleCount / spec.dims))
  const sample = new Float32Array(rowCount * spec.dims)
  for (let i = 0; i < rowCount; i++) {
    const row = rows.row(Math.floor((i * rows.count) / rowCount)) as Float32Array
    sample.set(spec.space === 'cosine' ? normalise(row) : row, i * spec.dims)
    if (slices.due()) await slices.wait()
  }
  // Sorting them takes a slice.
  await slices.wait()
  return codeRange(sample, spec.space, await chooseCodedDims(rows, spec, slices))
}
