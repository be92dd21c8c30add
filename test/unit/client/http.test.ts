/** The official client over HTTP, against a server process of its own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Client } from '@elastic/elasticsearch'
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
