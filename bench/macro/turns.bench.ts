/**
 * Question    how long does each kind of request keep the server's event loop, at most?
 * Workload    one generated index: a field of vectors without a graph, one with, a number, a keyword, words; and every kind of
 *             request that has much to do (bench/support/turn-kinds.ts), sent over HTTP by four connections of this process to
 *             `leveret serve`: requests and answers that wait here are no load for the collector there.
 * Sizes       smoke (default, runs in the test suite): 2,000 documents.  full (BENCH=full): 100,000.
 * Reports     for each kind and round the turn of most processor time of the loop's thread and the collections of garbage in it, the
 *             longest one without its collections, the longest by the clock, and processor time a request; how many kinds had a turn
 *             above 10 ms in half of the rounds or more; checksum of the answers' lengths, their times taken out. The first request
 *             of a kind is sent before the loop is watched, while V8 compiles. What is refused with 429 is asked again.
 * Trust       processor time wherever, though neighbours on the machine lengthen it too; the clock on one that does nothing else.
 * Run         BENCH=full node bench/macro/turns.bench.ts [--count 100000] [--threads 0] [--kinds 'a scan,a count'] [--rounds 1]
 *             [--folder FOLDER] [--node-flags '--max-semi-space-size=8']
 */
import path from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { beatText } from '../support/beat.ts'
import { HttpConnection, requestBytes } from '../support/http-connection.ts'
import type { HttpAnswer } from '../support/http-connection.ts'
import { machineLine } from '../support/machine.ts'
import { startServer } from '../support/server.ts'
import type { Server } from '../support/server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { turnDocuments, turnKinds, turnMappings } from '../support/turn-kinds.ts'
import type { TurnRequest } from '../support/turn-kinds.ts'
import { uniformOf } from '../support/uniform.ts'

const full = process.env['BENCH'] === 'full'
const { values: flags } = parseArgs({
  options: {
    kinds: { type: 'string', default: Object.keys(turnKinds).join(',') },
    count: { type: 'string', default: full ? '100000' : '2000' },
    threads: { type: 'string', default: '0' },
    rounds: { type: 'string', default: '1' },
    /** An index of an earlier run, which is kept. */
    folder: { type: 'string', default: '' },
    'node-flags': { type: 'string', default: '' }
  }
})
const count = Number(flags.count)
const roundCount = Number(flags.rounds)
const requestCount = full ? 16 : 4
const together = 4
/** Milliseconds of a turn that are wanted at most. */
const wantedMs = 10
/** Until a refused request is sent again. */
const pauseMs = 50

function bytesOf({ method, path: target, headers, body }: TurnRequest): Buffer {
  const content = body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body)
  return requestBytes(method, target, content, headers?.['content-type'])
}

/** Refused for a moment, as a whole or items of a bulk. */
function isRefused({ status, body }: HttpAnswer): boolean {
  return status === 429 || (body.includes('"errors":true') && body.includes('"status":429'))
}

/** Body of the answer. */
async function ask(connection: HttpConnection, request: Buffer): Promise<Buffer> {
  let answer = await connection.exchange(request)
  while (isRefused(answer)) {
    await after(pauseMs)
    answer = await connection.exchange(request)
  }
  const { status, body } = answer
  if (status !== 200 || body.includes('"errors":true'))
    throw new Error(
      `${request.toString('latin1', 0, 100)}: ${status} ${body.toString('latin1', 0, 300)}`
    )
  return body
}

async function fill(connection: HttpConnection): Promise<void> {
  const send = (request: TurnRequest): Promise<Buffer> => ask(connection, bytesOf(request))
  await send({ method: 'PUT', path: '/turns', body: { mappings: turnMappings } })
  const uniform = uniformOf(1)
  for (let from = 0; from < count; from += 1000)
    await send(turnDocuments(from, Math.min(1000, count - from), uniform))
  await send({ method: 'POST', path: '/turns/_forcemerge?max_num_segments=1', body: {} })
}

/** Sums of answers' lengths, which do not depend on who was faster. */
async function measure(
  name: string,
  asked: readonly (readonly TurnRequest[])[],
  server: Server,
  connections: readonly HttpConnection[]
): Promise<{ readonly isLong: boolean; readonly checksum: number }> {
  const left = asked.map((requests) => requests.map(bytesOf)).values()
  const answers: Buffer[] = []
  const worker = async (connection: HttpConnection, requestMax: number): Promise<void> => {
    for (let at = 0; at < requestMax; at++)
      for (const request of left.next().value ?? []) answers.push(await ask(connection, request))
  }
  await worker(connections[0]!, 1)
  const beat = await server.watched(() =>
    Promise.all(connections.map((connection) => worker(connection, requestCount)))
  )
  const cpuMs = beat.cpuMs / asked.length
  process.stdout.write(`${name}: ${beatText(beat)}, ${cpuMs.toFixed(1)} ms cpu each\n`)
  const checksum = answers.reduce((sum, answer) => sum + lengthOf(answer), 0)
  return { isLong: beat.longestCpuMs > wantedMs, checksum }
}

/** Characters of an answer, but for times and numbers that differ from run to run. */
function lengthOf(answer: Buffer): number {
  const varying = /"(?:took|_scroll_id|_version|_seq_no)" ?: ?("[^"]*"|\d+)/g
  return answer.toString('latin1').replaceAll(varying, '').length
}

async function main(): Promise<void> {
  using temporary = temporaryFolder('turns')
  process.stdout.write(`${machineLine()}\n`)
  const folder = flags.folder === '' ? path.join(temporary.path, 'data') : flags.folder
  const server = await startServer(folder, {
    threads: Number(flags.threads),
    cacheBytes: 2 ** 28,
    nodeFlags: flags['node-flags'].split(' ').filter((flag) => flag !== '')
  })
  const connections = [await HttpConnection.open(server.port)]
  try {
    const there = await connections[0]!.exchange(requestBytes('GET', '/turns/_count', '{}'))
    if (there.status === 404) await fill(connections[0]!)
    // Not before: the server closes those that nobody uses.
    while (connections.length < together) connections.push(await HttpConnection.open(server.port))
    const names = flags.kinds.split(',')
    const longRounds = new Map(names.map((name) => [name, 0]))
    let checksum = 0
    for (let round = 0; round < roundCount; round++) {
      const uniform = uniformOf(2)
      for (const name of names) {
        const asked = Array.from({ length: requestCount }, (_, at) =>
          turnKinds[name]!({ count, at, uniform })
        )
        const measured = await measure(name, asked, server, connections)
        if (measured.isLong) longRounds.set(name, longRounds.get(name)! + 1)
        checksum = (checksum * 31 + measured.checksum) | 0
      }
    }
    const long = names.filter((name) => longRounds.get(name)! >= roundCount / 2)
    process.stdout.write(
      `${long.length} of ${names.length} kinds above ${wantedMs} ms in half of ${roundCount} rounds: ${long.join(', ')}\nchecksum ${checksum}\n`
    )
  } finally {
    for (const connection of connections) connection.close()
    await server.stop()
  }
}

await main()
