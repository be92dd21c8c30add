/**
 * A system opened by a process of its own: its memory and its start are nobody else's. It holds the queries, not the set,
 * and loads the code of no other system. Asked over the channel of its parent (searcher.ts).
 */
import type { Sample } from './curve.ts'
import { askedHere } from './curve.ts'
import { ownBytes } from './machine.ts'
import { nativePeers } from './native-peers.ts'
import type { Peer, VectorSet } from './peer.ts'
import { neighbours } from './peer.ts'
import { readQueries } from './query-file.ts'
import { narrowTruth } from './sets.ts'

export type SearcherOptions = {
  /** Of the peer. */
  readonly name: string
  /** What the peer built. */
  readonly folder: string
  readonly queryFolder: string
  readonly queryCount: number
  /** Leveret's. */
  readonly cacheBytes: number
  /** When the process was asked for, in ms since 1970. */
  readonly startedMs: number
}

export type Opened = {
  readonly efforts: readonly number[]
  /** From the asking for the process to its first answer. */
  readonly firstAnswerMs: number
}
export type Memory = { readonly ownBytes: number; readonly rssBytes: number }
export type Question = { readonly effort: number } | 'memory' | 'end'
export type Reply = Opened | Memory | Sample

async function peerOf({ name, cacheBytes }: SearcherOptions): Promise<Peer> {
  const [native] = nativePeers((one) => one === name).peers
  if (native !== undefined) return native
  const own = (await import('./leveret-peers.ts')).leveret({ cacheBytes })
  if (own.name !== name) throw new RangeError(`no peer ${name}`)
  return own
}

function queriesAlone({ queryFolder, queryCount }: SearcherOptions): VectorSet {
  const queries = readQueries(queryFolder, queryCount)
  const dims = queries[0]?.length ?? 0
  const flat = new Float32Array(queryCount * dims)
  for (const [at, query] of queries.entries()) flat.set(query, at * dims)
  const base = new Float32Array(0)
  return narrowTruth({ name: '', rows: 0, dims, base, queryCount, queries: flat }, () => false)
}

async function serve(options: SearcherOptions): Promise<void> {
  const tell = (reply: Reply): void => void process.send?.(reply)
  const set = queriesAlone(options)
  const peer = await peerOf(options)
  const open = await peer.open(set, options.folder)
  await open.setEffort(64)
  await open.search(0, neighbours)
  const firstAnswerMs = Date.now() - options.startedMs
  const asked = askedHere(open, set.queryCount)
  const answer = async (question: Question): Promise<void> => {
    if (question === 'memory')
      return tell({ ownBytes: ownBytes(), rssBytes: process.memoryUsage.rss() })
    if (question !== 'end') return tell(await asked.ask(question.effort))
    await open.close()
    process.disconnect()
  }
  process.on('message', (question: Question) => void answer(question))
  tell({ efforts: open.efforts, firstAnswerMs })
}

await serve(JSON.parse(process.argv[2] ?? '') as SearcherOptions)
