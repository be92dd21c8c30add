/**
 * Loads compiled kernels.
 *
 * All kernels of an arena share one memory, which other threads may share too:
 *
 * | bytes                                   | what                                                                |
 * | --------------------------------------- | ------------------------------------------------------------------- |
 * | 0 .. 65535                              | never handed out, so address 0 means absent                         |
 * | 64, 68, 128                             | words of cache/page-frames.ts: evictions so far; 1: other threads   |
 * |                                         | evict too; lock of the frames                                       |
 * | 65536 .. 65536 + (memory bytes >>> 12)  | reference bytes: a kernel that uses a frame at a sets the byte at   |
 * |                                         | referenceBase + (a >>> 12) to 1; the clock of cache/ clears it      |
 * | the rest                                | frames, page tables, scratch: cache/ hands it out                   |
 *
 * A memory is created with its final size (virtual until touched), so a view of it never goes stale.
 */
import { readFileSync } from 'node:fs'
import { VectorStoreError } from '../util/index.ts'
import { wasmPath } from './locate.ts'

/** Address of the eviction counter. This and the next are also constants of assembly/frames.ts. */
export const evictionsAddress = 64
export const othersAddress = 68
export const framesLockAddress = 128
/** Address of the reference bytes. Also a constant of assembly/lanes.ts. */
export const referenceBase = 65_536
/** A frame, the unit of the reference bytes, is 1 << 12 bytes. Also a constant of assembly/lanes.ts. */
export const frameShift = 12

const wasmPageBytes = 65_536
/** One below 4 GiB, so that the end of the memory is a 32-bit address as well. */
export const kernelMemoryBytesMax: number = 65_535 * wasmPageBytes

/** First address behind the reference bytes of a memory. */
export function reservedBytes(memoryBytes: number): number {
  return referenceBase + Math.ceil(memoryBytes / (1 << frameShift))
}

/** A shared memory of at least `bytes`, all zero; physical memory is used when it is touched. */
export function createKernelMemory(bytes: number): WebAssembly.Memory {
  if (!(bytes > 0 && bytes <= kernelMemoryBytesMax)) {
    throw new VectorStoreError(
      'OPTION_INVALID',
      `kernel memory is ${bytes} bytes, wanted 1 to ${kernelMemoryBytesMax}`,
      { details: { bytes, bytesMax: kernelMemoryBytesMax } }
    )
  }
  const pages = Math.ceil(bytes / wasmPageBytes)
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
}

/**
 * A module that only a machine with relaxed SIMD accepts:
 * (func (param v128 v128 v128) (result v128) i32x4.relaxed_dot_i8x16_i7x16_add_s).
 */
const relaxedProbe = Uint8Array.from(
  Buffer.from('0061736d0100000001080160037b7b7b017b030201000a0d010b00200020012002fd93020b', 'hex')
)

/**
 * How 7-bit codes are compared: the same answers, at different speeds.
 *
 * | sums    | products are added                                                                             |
 * | ------- | ---------------------------------------------------------------------------------------------- |
 * | plain   | as words of 16 bits, by instructions that every machine has                                    |
 * | relaxed | by one instruction of relaxed SIMD, which is one of the machine's on ARM and on x86 with VNNI  |
 * | pairs   | in pairs, then those: what other x86 make of it, without two instructions that V8 adds (a      |
 * |         | sixth of the time of 784 codes on Zen 4)                                                       |
 */
export type CodeSums = 'plain' | 'relaxed' | 'pairs'

/** What this machine runs, the fastest first. */
export const codeSums: readonly CodeSums[] = !WebAssembly.validate(relaxedProbe)
  ? ['plain']
  : process.arch === 'x64'
    ? ['pairs', 'relaxed', 'plain']
    : ['relaxed', 'pairs', 'plain']

/** Name of a module that was compiled for each. */
export function moduleFor(name: string, sums: CodeSums = codeSums[0]!): string {
  return sums === 'plain' ? name : `${name}-${sums}`
}

const moduleByName = new Map<string, WebAssembly.Module>()

/**
 * A compiled kernel, compiled once per process.
 *
 * Errors   OPTION_INVALID when it was not built.
 */
export function loadModule(name: string): WebAssembly.Module {
  const known = moduleByName.get(name)
  if (known !== undefined) return known
  const module = new WebAssembly.Module(readKernel(name))
  moduleByName.set(name, module)
  return module
}

function readKernel(name: string): Uint8Array<ArrayBuffer> {
  const path = wasmPath(name)
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new VectorStoreError(
      'OPTION_INVALID',
      `SIMD kernel ${path} is not there, wanted it built by: node scripts/build-simd.ts`,
      { details: { path }, cause }
    )
  }
}

export type KernelImports = {
  readonly memory: WebAssembly.Memory
  /** Reads a page into a frame and returns its address. Left out for kernels that touch no pages. */
  readonly fault?: (tableId: number, page: number) => number
}

/**
 * A kernel with its own globals over a memory that others share.
 *
 * Cost   Tens of microseconds after the first of a name.
 */
export function instantiate(name: string, imports: KernelImports): WebAssembly.Exports {
  const { memory, fault } = imports
  const env = fault === undefined ? { memory } : { memory, fault }
  return new WebAssembly.Instance(loadModule(name), { env }).exports
}
