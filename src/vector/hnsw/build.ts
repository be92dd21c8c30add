/**
 * Builds a graph and writes it.
 *
 * 1. Draw the levels; look at a sample of values for the range of 7-bit codes.
 * 2. Code every row into the arena; where the sample check says that 7 bits lose neighbours, do it again with floats.
 * 3. Insert every node: on this thread in slices, or in workers.
 * 4. Link what no walk can reach (connect.ts).
 * 5. Ask whether walks find what is there (walk-check.ts).
 * 6. Number the nodes by locality; write pages in that order. Layout: hnsw-format.ts.
 */
import { assert, VectorStoreError } from '../../util/index.ts'
import { ordMax } from '../geometry.ts'
import { yieldEvery } from '../slices.ts'
import type { Slices } from '../slices.ts'
import { assertShape, isMetric, spaceMetric } from '../spaces.ts'
import type { BuildOptions, BuiltIndex, PageSink, VectorRows, VectorSpec } from '../types.ts'
import { collectArenas } from './arena.ts'
import { canQuantize, codeLayout } from './code-layout.ts'
import { writeCode } from './code-writer.ts'
import { insertInWorkers } from './build-workers.ts'
import { connectUnreachable } from './connect.ts'
import { GraphMemory } from './graph-memory.ts'
import { mMax, mMin } from './graph-layout.ts'
import { writeGraph } from './graph-writer.ts'
import { drawLevels } from './levels.ts'
import { codeRange, rangeSampleCount } from './quantizer.ts'
import type { CodeRange } from './quantizer.ts'
import { edgesOf, localityOrder } from './renumber.ts'
import { SampleCheck } from './sample-check.ts'
import { checkWalk } from './walk-check.ts'
import { normalise } from '../spaces.ts'
import { beamMax } from '../kernels/scratch.ts'

/** Below this recall of codes with rescoring, an index keeps float codes: a graph walk loses a little more. */
const sampleRecallMin = 0.97

const noRange: CodeRange = { low: 0, scale: 1 }

export async function buildGraph(
  rows: VectorRows,
  spec: VectorSpec,
  sink: PageSink,
  options: BuildOptions
): Promise<BuiltIndex> {
  checkSpec(rows, spec)
  try {
    return await buildInArena(rows, spec, sink, options)
  } finally {
    collectArenas()
  }
}

async function buildInArena(
  rows: VectorRows,
  spec: VectorSpec,
  sink: PageSink,
  options: BuildOptions
): Promise<BuiltIndex> {
  const slices = yieldEvery(options.signal)
  const levels = drawLevels(rows.count, spec.m, options.seed)
  await slices.wait()
  const { memory, sampleRecall } = await codeRows(rows, spec, levels, options, slices)
  await (options.threads === 0
    ? insertHere(memory, options, slices)
    : insertInWorkers(memory, options))
  // By inner product a short vector is nobody's neighbour, and rightly so.
  if (isMetric(spec)) await connectUnreachable(memory, slices)
  const walk = await checkWalk(memory, slices)
  const order = await localityOrder(await edgesOf(memory, slices), slices)
  return writeGraph(memory, order, rows, sink, slices, {
    seed: options.seed,
    sampleRecall,
    ...walk
  })
}

function checkSpec(rows: VectorRows, spec: VectorSpec): void {
  spaceMetric(spec)
  assert(rows.count < ordMax, 'rows < 2^31')
  const { m, efConstruction } = spec
  if (!Number.isInteger(m) || m < mMin || m > mMax) {
    throw new VectorStoreError('REQUEST_ARGUMENT', `m is ${m}, wanted ${mMin} to ${mMax}`)
  }
  if (!Number.isInteger(efConstruction) || efConstruction < 1 || efConstruction > beamMax) {
    throw new VectorStoreError(
      'REQUEST_ARGUMENT',
      `ef_construction is ${efConstruction}, wanted 1 to ${beamMax}`
    )
  }
}

type Coded = { readonly memory: GraphMemory; readonly sampleRecall: number }

async function codeRows(
  rows: VectorRows,
  spec: VectorSpec,
  levels: Uint8Array,
  options: BuildOptions,
  slices: Slices
): Promise<Coded> {
  const threads = Math.max(1, options.threads)
  if (canQuantize(spec) && rows.count > 0) {
    const range = sampleRange(rows, spec)
    await slices.wait()
    const memory = new GraphMemory(spec, codeLayout(spec, true), range, levels, threads)
    const check = new SampleCheck(memory, rows)
    await slices.wait()
    await writeCodes(memory, rows, slices, () => check.addStaged())
    const sampleRecall = await check.recall(slices)
    if (sampleRecall >= sampleRecallMin) return { memory, sampleRecall }
  }
  const memory = new GraphMemory(spec, codeLayout(spec, false), noRange, levels, threads)
  await writeCodes(memory, rows, slices, () => {})
  return { memory, sampleRecall: 1 }
}

/** Range of a sample of rows spread over all, as many as give enough values. */
function sampleRange(rows: VectorRows, spec: VectorSpec): CodeRange {
  const rowCount = Math.min(rows.count, Math.ceil(rangeSampleCount / spec.dims))
  const sample = new Float32Array(rowCount * spec.dims)
  for (let i = 0; i < rowCount; i++) {
    const row = rows.row(Math.floor((i * rows.count) / rowCount)) as Float32Array
    sample.set(spec.space === 'cosine' ? normalise(row) : row, i * spec.dims)
  }
  return codeRange(sample, spec.space)
}

async function writeCodes(
  memory: GraphMemory,
  rows: VectorRows,
  slices: Slices,
  afterRow: () => void
): Promise<void> {
  const { context, kernel, spec, layout } = memory
  for (let node = 0; node < rows.count; node++) {
    const row = rows.row(node)
    assertShape(row, spec)
    writeCode(context, spec, layout, row, { kernel, node, address: memory.codeAddress(node) })
    afterRow()
    if ((node & 15) === 0 && slices.due()) await slices.wait()
  }
}

/** Nodes inserted between two looks at the clock: well below a slice. */
const insertStep = 4

async function insertHere(
  memory: GraphMemory,
  options: BuildOptions,
  slices: Slices
): Promise<void> {
  const { kernel, spec, count } = memory
  for (;;) {
    if (kernel.insertNext(insertStep, spec.efConstruction) < insertStep) break
    if (!slices.due()) continue
    options.onProgress?.(memory.takenCount, count)
    await slices.wait()
  }
  options.onProgress?.(count, count)
}
