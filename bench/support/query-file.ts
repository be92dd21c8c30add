/** Queries in a file, so that a process whose memory is measured does not hold the set. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { VectorSet } from './peer.ts'

const fileIn = (folder: string): string => path.join(folder, 'queries.f32')

export function writeQueries(set: VectorSet, folder: string): void {
  const { buffer, byteOffset, byteLength } = set.queries
  writeFileSync(fileIn(folder), Buffer.from(buffer, byteOffset, byteLength))
}

export function readQueries(folder: string, queryCount: number): Float32Array[] {
  const values = new Float32Array(Uint8Array.from(readFileSync(fileIn(folder))).buffer)
  const dims = values.length / queryCount
  return Array.from({ length: queryCount }, (_, at) => values.subarray(at * dims, (at + 1) * dims))
}
