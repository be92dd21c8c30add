/** How a failure reaches a person at a terminal, and which exit code it becomes. */
import { styleText } from 'node:util'
import type { ErrorCode } from '../util/index.ts'
import { VectorStoreError } from '../util/index.ts'

const codes: Readonly<Partial<Record<ErrorCode, number>>> = {
  STORE_LOCKED: 2,
  STORE_DAMAGED: 3,
  STORE_CHECKSUM: 3,
  STORE_MISSING: 3,
  STORE_FORMAT: 4
}

/** 0 ok, 1 usage or other failure, 2 store locked, 3 damaged, 4 newer format. */
export function exitCodeOf(error: unknown): number {
  return error instanceof VectorStoreError ? (codes[error.code] ?? 1) : 1
}

export function printFault(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${styleText('red', 'leveret:')} ${explained(error, text)}\n`)
  if (process.env['LEVERET_TRACE'] !== undefined && error instanceof Error)
    process.stderr.write(`${error.stack ?? ''}\n`)
}

function explained(error: unknown, text: string): string {
  const code = (error as { code?: unknown } | null)?.code
  if (code === 'EADDRINUSE')
    return `${text}; another program has that port (curl it to see which), choose one with --port`
  if (code === 'EACCES') return `${text}; not allowed to use that port or folder`
  return text
}
