/**
 * A process that commits until it is killed: `node store-writer.ts FOLDER FIRST_NUMBER`. Lines on stdout, each written after
 * the fact: `ready`, `ack N` (group N is durable), `refused CODE`, `reopened`, `closed`.
 *
 * Group N is three operation rows with sequence numbers 3N, 3N + 1, 3N + 2 and one page; their bytes follow from the numbers.
 * SIGTERM closes in good order.
 */
import { writeSync } from 'node:fs'
import { openStore } from '../../src/store/index.ts'
import { groupRecords } from './store-group.ts'

const [folder, first] = process.argv.slice(2)
if (folder === undefined || first === undefined)
  throw new RangeError('wanted a folder and a number')

const stop = new AbortController()
process.on('SIGTERM', () => stop.abort())

const say = (line: string): number => writeSync(1, `${line}\n`)
const store = await openStore(folder, { reserveFileBytes: 256 << 10 })
store.onReopen(() => say('reopened'))
say('ready')

let next = Number(first)
async function write(): Promise<void> {
  while (!stop.signal.aborted) {
    const group = next++
    try {
      await store.commit(groupRecords(group))
      say(`ack ${group}`)
    } catch (error) {
      say(`refused ${(error as { code?: string }).code ?? String(error)}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
// Three writers, so that batches hold more than one group.
await Promise.all([write(), write(), write()])
await store.close()
say('closed')
