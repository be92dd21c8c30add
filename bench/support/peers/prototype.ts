/**
 * The kernels' prototype of the design, built by hand and given as a folder: the bar for our own rate. Its module keeps
 * everything (codes, lists, float32 rows) in one linear memory, which this file lays out and which is saved as it is.
 *
 * Layout   one MiB of the module's own; header 64 B; page table; reference bytes; upper-level table; upper lists; visited
 *          bytes; scratch; then lists (64 a page), codes with their squared norm, the query, the rows.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Peer, VectorSet } from '../peer.ts'
import { beams, graphEfConstruction, graphM, queryOf } from '../peer.ts'

/** 7-bit codes with relaxed dot, lists paged, codes apart, four at a time with touch-ahead, one thread. */
const moduleFile = 'hnsw_11012001.wasm'

type Exports = {
  setup(...shape: number[]): void
  setupPtrs(...addresses: number[]): void
  setupScratch(visited: number, scratch: number, efMax: number, seed: number): void
  encode(row: number, code: number): void
  buildRange(from: number, to: number, efConstruction: number): void
  search(query: number, k: number, ef: number, rescore: number): number
  getOut(): number
}

const pageShift = 6
const efMax = 2_048
/** What the design's measurements rescored by float32. */
const rescoreCount = 30

/** Addresses in the memory, in bytes. */
type Layout = {
  readonly pageTable: number
  readonly references: number
  readonly upperTable: number
  readonly upper: number
  readonly header: number
  readonly visited: number
  readonly scratch: number
  readonly lists: number
  readonly listStride: number
  readonly codes: number
  readonly codeBytes: number
  readonly codeStride: number
  readonly query: number
  readonly rows: number
  readonly end: number
  readonly pageCount: number
}

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to

function layOut(rows: number, dims: number): Layout {
  let end = 2 ** 20
  const take = (bytes: number, align = 64): number => {
    const at = roundUp(end, align)
    end = at + bytes
    return at
  }
  const codeBytes = roundUp(dims, 32)
  const codeStride = roundUp(codeBytes + 4, 64)
  const listStride = roundUp(4 + 4 * 2 * graphM, 16)
  const pageCount = Math.ceil(rows / 2 ** pageShift)
  const upperBytes = Math.ceil((rows / (graphM - 1)) * 1.3 + 100) * (graphM + 1) * 4
  return {
    header: take(64),
    pageTable: take(4 * pageCount),
    references: take(pageCount),
    upperTable: take(4 * rows),
    upper: take(upperBytes),
    visited: take(rows),
    scratch: take(2 ** 17),
    lists: take(pageCount * 2 ** pageShift * listStride, 65_536),
    codes: take(rows * codeStride, 65_536),
    query: take(4 * codeBytes, 4_096),
    rows: take(4 * rows * dims, 65_536),
    get end() {
      return end
    },
    pageCount,
    codeBytes,
    codeStride,
    listStride
  }
}

/** Least value and codes a unit: 0.05 % of a sample are clipped at either end. */
function rangeOf(values: Float32Array): [least: number, scale: number] {
  const sample = Float32Array.from({ length: 200_000 }, (_, at) => {
    return values[(at * 7_919 + 13) % values.length]!
  }).toSorted()
  const least = sample[Math.floor(0.0005 * sample.length)]!
  const most = sample[Math.floor(0.9995 * (sample.length - 1))]!
  return [least, 127 / (most - least)]
}

class PrototypeIndex {
  readonly #layout: Layout
  readonly #memory: WebAssembly.Memory
  readonly #exports: Exports

  constructor(module: WebAssembly.Module, set: VectorSet, saved: Uint8Array | null) {
    const layout = layOut(set.rows, set.dims)
    this.#layout = layout
    const pageCount = Math.ceil(layout.end / 65_536) + 1
    this.#memory = new WebAssembly.Memory({ initial: pageCount, maximum: 65_536 })
    if (saved !== null) new Uint8Array(this.#memory.buffer).set(saved)
    const fail = (): never => {
      throw new Error('the prototype gave up')
    }
    const env = { memory: this.#memory, abort: fail, fault: fail }
    this.#exports = new WebAssembly.Instance(module, { env }).exports as unknown as Exports
    this.#setUp(set)
  }

  #setUp(set: VectorSet): void {
    const to = this.#layout
    const [least, scale] = rangeOf(set.base)
    const shape = [set.dims, to.codeBytes, to.listStride, 0, graphM]
    this.#exports.setup(...shape, pageShift, set.rows, least, scale)
    const tables = [to.pageTable, to.lists, to.codes, to.codeStride, to.upperTable, to.header]
    this.#exports.setupPtrs(...tables, to.references, 0, to.rows)
    this.#exports.setupScratch(to.visited, to.scratch, efMax, 12_345)
  }

  build(set: VectorSet): void {
    const to = this.#layout
    const view = new DataView(this.#memory.buffer)
    view.setInt32(to.header + 4, -1, true) // top level: none yet
    view.setUint32(to.header + 8, to.upper, true)
    for (let page = 0; page < to.pageCount; page++)
      view.setUint32(
        to.pageTable + 4 * page,
        to.lists + page * to.listStride * 2 ** pageShift,
        true
      )
    new Float32Array(this.#memory.buffer, to.rows, set.base.length).set(set.base)
    for (let row = 0; row < set.rows; row++) {
      // Through the query's place: a row that is no multiple of 32 is followed by zeros there.
      this.#place(set.base.subarray(row * set.dims, (row + 1) * set.dims))
      this.#exports.encode(to.query, to.codes + row * to.codeStride)
    }
    this.#exports.buildRange(0, set.rows, graphEfConstruction)
  }

  #place(vector: Float32Array): void {
    new Float32Array(this.#memory.buffer, this.#layout.query, vector.length).set(vector)
  }

  save(file: string): void {
    writeFileSync(file, new Uint8Array(this.#memory.buffer))
  }

  search(vector: Float32Array, k: number, ef: number): number[] {
    this.#place(vector)
    const count = this.#exports.search(this.#layout.query, k, ef, Math.min(ef, rescoreCount))
    const found = new Uint32Array(this.#memory.buffer, this.#exports.getOut(), 2 * count)
    return Array.from({ length: count }, (_, at) => found[2 * at]!)
  }
}

export const prototypeName = 'prototype'

/** The prototype of a folder, or a line that says why not. */
export function prototypePeer(folder: string): Peer | string {
  if (folder === '') return `${prototypeName}: no --prototype FOLDER`
  const file = path.join(folder, moduleFile)
  if (!existsSync(file)) return `${prototypeName}: no ${moduleFile} in ${folder}`
  const module = new WebAssembly.Module(readFileSync(file))
  return {
    name: prototypeName,
    async build(set, place) {
      if (set.dims % 8 !== 0)
        throw new RangeError(`the prototype takes multiples of 8 dimensions, not ${set.dims}`)
      const started = performance.now()
      const index = new PrototypeIndex(module, set, null)
      index.build(set)
      const buildMs = performance.now() - started
      const saved = path.join(place, 'memory')
      index.save(saved)
      return { buildMs, diskBytes: statSync(saved).size }
    },
    async open(set, place) {
      const index = new PrototypeIndex(module, set, readFileSync(path.join(place, 'memory')))
      let ef = 64
      return {
        efforts: beams,
        setEffort(effort) {
          ef = effort
        },
        search: (at, k) => index.search(queryOf(set, at), k, ef),
        close: () => undefined
      }
    }
  }
}
