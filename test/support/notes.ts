/** Notes of the embedded API: a vector, a number, a text and keywords. */
import type { ExecutionContext } from 'ava'
import type { OpenDatabase } from '../../src/rest/index.ts'
import { openDatabase, temporaryFolder } from './temporary-node.ts'

export type Note = {
  v?: Float32Array | number[]
  year?: number
  title?: string
  tags?: string[]
}

export const noteFields = {
  v: { type: 'vector', dims: 4, space: 'l2' },
  year: { type: 'integer' },
  title: { type: 'text' },
  tags: { type: 'keyword' }
} as const

export async function freshDatabase(t: ExecutionContext): Promise<OpenDatabase> {
  return openDatabase(t, await temporaryFolder(t))
}
