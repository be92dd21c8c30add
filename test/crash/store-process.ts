/** Runs store-writer.ts and listens to it; checks what it acknowledged. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { groupRecords } from './store-group.ts'
import type { Store } from '../../src/store/index.ts'
import type { ChildProcess } from 'node:child_process'

export type WriterProcess = {
  readonly child: ChildProcess
  readonly acknowledged: Set<number>
  readonly lines: string[]
  /** Resolves when a line starts with `text` from now on, or with null when the process ended. */
  line(text: string): Promise<string | null>
  readonly ended: Promise<void>
}

export function startWriter(folder: string, first: number): WriterProcess {
  const program = fileURLToPath(new URL('store-writer.ts', import.meta.url))
  const child = spawn(process.execPath, [program, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const acknowledged = new Set<number>()
  const lines: string[] = []
  const waiting: { text: string; resolve: (line: string | null) => void }[] = []
  const output = createInterface({ input: child.stdout })
  output.on('line', (line) => {
    if (line.startsWith('ack ')) acknowledged.add(Number(line.slice(4)))
    else lines.push(line)
    for (const each of waiting.splice(0)) {
      if (line.startsWith(each.text)) each.resolve(line)
      else waiting.push(each)
    }
  })
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(`stderr ${line}`))
  const ended = new Promise<void>((resolve) => {
    output.on('close', () => {
      for (const each of waiting.splice(0)) each.resolve(null)
      resolve()
    })
  })
  const line = (text: string): Promise<string | null> =>
    new Promise((resolve) => waiting.push({ text, resolve }))
  return { child, acknowledged, lines, line, ended }
}

/** Groups that are not there whole although they were acknowledged. */
export function lostGroups(store: Store, acknowledged: Iterable<number>): number[] {
  return [...acknowledged].filter((group) => groupState(store, group) !== 'whole')
}

/** A group is one record set of one commit below 1 MB: whole or absent, never a part. */
export function groupState(store: Store, group: number): 'whole' | 'absent' | 'torn' {
  const same = groupRecords(group).filter(({ key, payload }) => {
    const found = store.find(key)
    return found !== null && Buffer.compare(found, payload) === 0
  })
  if (same.length === 4) return 'whole'
  return same.length === 0 ? 'absent' : 'torn'
}
