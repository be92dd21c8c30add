/** Reads the data sets that data/manifest.json (or another folder of that form) describes. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'

type ArrayFile = {
  readonly file: string
  readonly dtype: string
  readonly shape: readonly [number, number]
}
type Truth = {
  readonly ids: string
  readonly values: string
  readonly values_dtype: string
  readonly shape: readonly [number, number]
}

/** One entry of a manifest. */
export type DataSetEntry = {
  readonly name: string
  readonly kind: 'dense' | 'bits' | 'sparse_bool' | 'text+dense'
  readonly dims: number
  readonly base?: ArrayFile
  readonly queries?: ArrayFile
  readonly docs?: { readonly file: string; readonly rows: number }
  readonly query_texts?: { readonly file: string; readonly rows: number }
  readonly primary_metric?: string
  readonly metrics?: readonly string[]
  readonly ground_truth?: Readonly<Record<string, Truth>>
  readonly files: readonly {
    readonly file: string
    readonly bytes: number
    readonly sha256: string
  }[]
}

export type Rows = {
  readonly count: number
  readonly width: number
  row(at: number): Float32Array | Uint8Array | Int8Array
}

export function readManifest(folder: string): readonly DataSetEntry[] {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as {
    readonly sets: readonly DataSetEntry[]
  }
  return manifest.sets
}

export function findSet(folder: string, name: string): DataSetEntry {
  const entry = readManifest(folder).find((one) => one.name === name)
  if (entry === undefined) throw new RangeError(`no set ${name} in ${folder}/manifest.json`)
  return entry
}

/** Bytes of a file of a set, unpacked; the sum in the manifest is checked. */
export function readSetFile(folder: string, entry: DataSetEntry, file: string): Buffer {
  const bytes = readFileSync(path.join(folder, entry.name, file))
  const wanted = entry.files.find((one) => one.file === file)?.sha256
  const got = createHash('sha256').update(bytes).digest('hex')
  if (wanted !== undefined && wanted !== got)
    throw new RangeError(`${entry.name}/${file}: sha256 is ${got}, the manifest says ${wanted}`)
  return file.endsWith('.gz') ? gunzipSync(bytes) : bytes
}

const arrays = {
  uint8: Uint8Array,
  int8: Int8Array,
  int32: Int32Array,
  float32: Float32Array
} as const

function typed(
  folder: string,
  entry: DataSetEntry,
  file: string,
  dtype: string
): Uint8Array | Int8Array | Int32Array | Float32Array {
  const bytes = Uint8Array.from(readSetFile(folder, entry, file)).buffer
  const ArrayType = arrays[dtype as keyof typeof arrays]
  return new ArrayType(bytes)
}

/** Vectors as an index takes them: u8 as floats, bits as bytes, i8 and f32 as they are. */
export function readRows(folder: string, entry: DataSetEntry, which: 'base' | 'queries'): Rows {
  const about = entry[which]
  if (about === undefined) throw new RangeError(`${entry.name} has no ${which}`)
  const raw = typed(folder, entry, about.file, about.dtype) as Float32Array | Uint8Array | Int8Array
  const [count, width] = about.shape
  const values = raw instanceof Uint8Array && entry.kind !== 'bits' ? Float32Array.from(raw) : raw
  return { count, width, row: (at) => values.subarray(at * width, (at + 1) * width) }
}

/** Exact neighbours of one metric: k ids and values per query. */
export function readTruth(
  folder: string,
  entry: DataSetEntry,
  metric: string
): { readonly k: number; readonly ids: Int32Array; readonly values: Float32Array | Int32Array } {
  const truth = entry.ground_truth?.[metric]
  if (truth === undefined) throw new RangeError(`${entry.name} has no ground truth for ${metric}`)
  return {
    k: truth.shape[1],
    ids: typed(folder, entry, truth.ids, 'int32') as Int32Array,
    values: typed(folder, entry, truth.values, truth.values_dtype) as Float32Array | Int32Array
  }
}

/** One JSON value per line. */
export function readLines<T>(folder: string, entry: DataSetEntry, file: string): T[] {
  return readSetFile(folder, entry, file)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
}
