/** The official client over HTTP, against a server process of its own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Client } from '@elastic/elasticsearch'
import test from 'ava'
import { runOfficialClientSuite } from '../../suite/official-client.ts'
import { startServer } from '../../support/server-process.ts'

runOfficialClientSuite('client over HTTP', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'leveret-http-'))
  let server = await startServer(folder)
  let client = new Client({ node: server.url })
  return {
    get client() {
      return client
    },
    async restart() {
      await server.stop()
      server = await startServer(folder)
      client = new Client({ node: server.url })
    },
    async stop() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    }
  }
})

test('nodes: a client that sniffs goes on asking the server that it reached', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'leveret-http-'))
  const server = await startServer(folder)
  const client = new Client({ node: server.url, sniffOnStart: true, maxRetries: 0 })
  try {
    await new Promise<void>((resolve, reject) => {
      client.diagnostic.once('sniff', (error) => (error === null ? resolve() : reject(error)))
    })
    const urls = client.connectionPool.connections.map(({ url }) => url.href)
    t.deepEqual(urls, [new URL(server.url).href])
    t.is((await client.info()).tagline, 'You Know, for Search')
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
})
