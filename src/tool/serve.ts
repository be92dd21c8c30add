/** leveret serve: opens a folder, answers on a port, closes in order on SIGTERM and SIGINT. */
import { setTimeout as sleep } from 'node:timers/promises'
import { serveHttp } from '../http/index.ts'
import type { HttpServer } from '../http/index.ts'
import { serverThreads } from '../node/index.ts'
import type { RunningNode } from '../node/index.ts'
import { openRest } from '../rest/index.ts'
import { byteText } from './output.ts'
import { setServerFlags } from './v8-flags.ts'

export type ServeFlags = {
  readonly data: string
  readonly port: number
  readonly host: string
  readonly insecure: boolean
  readonly allowHost?: readonly string[]
  readonly allowOrigin?: readonly string[]
  readonly cache?: number
  readonly threads?: number
  readonly flushDocs?: number
}

/** Errors   OPTION_INVALID, STORE_*, EADDRINUSE. */
export async function serve(flags: ServeFlags): Promise<void> {
  setServerFlags()
  // Asked for from the beginning: a stop during the start closes the folder in order too.
  const stopped = untilStopped()
  const { node, handler } = await openRest(flags.data, {
    threads: flags.threads ?? serverThreads,
    ...(flags.cache === undefined ? {} : { cacheBytes: flags.cache }),
    ...(flags.flushDocs === undefined ? {} : { flushDocs: flags.flushDocs })
  })
  try {
    const server = await serveHttp(handler, {
      port: flags.port,
      host: flags.host,
      insecure: flags.insecure,
      ...(flags.allowHost === undefined ? {} : { allowedHosts: flags.allowHost }),
      ...(flags.allowOrigin === undefined ? {} : { allowedOrigins: flags.allowOrigin })
    })
    const docCount = node
      .indices()
      .reduce((sum, index) => sum + (index.engine?.stats().liveDocCount ?? 0), 0)
    const { budgetBytes } = node.cacheStats()
    process.stdout.write(
      `Leveret serves ${node.folder} (${docCount} documents, page cache ${byteText(budgetBytes)}) at ${server.url}  try: curl '${server.url}/_cat/indices?v'\n`
    )
    if (flags.insecure)
      process.stderr.write(
        `Leveret: --insecure: everyone who reaches ${server.url} can read and delete everything\n`
      )
    for (const line of node.recoveryReport.notes) process.stderr.write(`Leveret: ${line}\n`)
    await stopped
    await stop(server, node)
  } finally {
    await node.close()
  }
}

/** What is under way is answered; a merge of minutes, or a body that never ends, does not keep the stop waiting. */
const graceMs = 3_000
/** For requests that the closing of the node has ended. */
const lastWordsMs = 500

async function stop(server: HttpServer, node: RunningNode): Promise<void> {
  const answered = server.close()
  await within(graceMs, answered)
  await node.close()
  await within(lastWordsMs, answered)
  server.cut()
  await answered
}

async function within(ms: number, promise: Promise<void>): Promise<void> {
  await Promise.race([promise, sleep(ms, undefined, { ref: false })])
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  })
}
