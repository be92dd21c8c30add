/** The official client in this process, through the Connection. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Client } from '@elastic/elasticsearch'
import { embedded } from '../../../src/client/index.ts'
import { open } from '../../../src/rest/index.ts'
import { runOfficialClientSuite } from '../../suite/official-client.ts'

runOfficialClientSuite('client in this process', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'leveret-embedded-'))
  let db = await open(folder)
  let client = new Client(embedded(db))
  return {
    get client() {
      return client
    },
    async restart() {
      await db.close()
      db = await open(folder)
      client = new Client(embedded(db))
    },
    async stop() {
      await db.close()
      await rm(folder, { recursive: true, force: true })
    }
  }
})
