import { readFileSync } from 'node:fs'
import test from 'ava'
import {
  codeSums,
  createKernelMemory,
  frameShift,
  instantiate,
  kernelMemoryBytesMax,
  loadModule,
  moduleFor,
  referenceBase,
  reservedBytes,
  workerUrl
} from '../../../src/simd/index.ts'
import { VectorStoreError } from '../../../src/util/index.ts'

test('loadModule: a kernel is compiled once per process', (t) => {
  t.is(loadModule('distance'), loadModule('distance'))
})

test('loadModule: a kernel that was not built is an error that names the build script', (t) => {
  const error = t.throws(() => loadModule('nonesuch'), { instanceOf: VectorStoreError })
  t.is(error?.code, 'OPTION_INVALID')
  t.regex(error?.message ?? '', /nonesuch\.wasm .* node scripts\/build-simd\.ts/)
})

test('codeSums: every way to compare codes that this machine runs, and no other', (t) => {
  for (const sums of ['plain', 'relaxed', 'pairs'] as const) {
    const path = `src/simd/wasm/${moduleFor('distance', sums)}.wasm`
    t.is(WebAssembly.validate(readFileSync(path)), codeSums.includes(sums), path)
  }
})

test('createKernelMemory: the memory is shared, zero and as large as asked, rounded up to 64 KiB', (t) => {
  const { buffer } = createKernelMemory(100_000)
  t.true(buffer instanceof SharedArrayBuffer)
  t.is(buffer.byteLength, 131_072)
  t.true(new Uint8Array(buffer).every((byte) => byte === 0))
})

test('createKernelMemory: the largest memory is there without being touched', (t) => {
  t.is(createKernelMemory(kernelMemoryBytesMax).buffer.byteLength, kernelMemoryBytesMax)
})

test('createKernelMemory: no bytes and more than one memory holds are refused', (t) => {
  for (const bytes of [0, -1, Number.NaN, kernelMemoryBytesMax + 1]) {
    const error = t.throws(() => createKernelMemory(bytes), { instanceOf: VectorStoreError })
    t.is(error?.code, 'OPTION_INVALID')
  }
})

test('instantiate: kernels write nothing into a memory they share', (t) => {
  const memory = createKernelMemory(131_072)
  instantiate('distance', { memory })
  t.true(new Uint8Array(memory.buffer).every((byte) => byte === 0))
})

test('reservedBytes: a reference byte for every 4 KiB behind the first 64 KiB', (t) => {
  t.is(reservedBytes(1 << 20), 65_536 + 256)
})

test('workerUrl: a worker has the extension of the module beside it', (t) => {
  t.is(workerUrl('build.worker', 'file:///a/src/x.ts').href, 'file:///a/src/build.worker.ts')
  t.is(workerUrl('build.worker', 'file:///a/dist/x.js').href, 'file:///a/dist/build.worker.js')
})

/** `export const NAME = 3` and `export const NAME: usize = 3` of a file. */
function constantsOf(path: string): Map<string, number> {
  const found = readFileSync(path, 'utf8').matchAll(/export const (\w+)(?:: \w+)? = (\d+)/g)
  return new Map(Array.from(found, ([, name, value]) => [name ?? '', Number(value)]))
}

test('lanes.ts: memory layout and kind numbers are those of the loader and of the build script', (t) => {
  const constants = constantsOf('src/simd/assembly/lanes.ts')
  t.is(constants.get('REFERENCE_BASE'), referenceBase)
  t.is(constants.get('FRAME_SHIFT'), frameShift)
  const script = readFileSync('scripts/build-simd.ts', 'utf8')
  const kinds = [...script.matchAll(/^ {2}'(\w+-\w+)': (\d+)/gm)]
  t.is(kinds.length, 10)
  for (const [, kind, value] of kinds) {
    t.is(constants.get(kind!.toUpperCase().replace('-', '_')), Number(value), kind)
  }
})
