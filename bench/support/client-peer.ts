/** Leveret through the official Elasticsearch client in this process: no port, but requests and answers as over HTTP. */
import { Client } from '@elastic/elasticsearch'
import { embedded } from '../../src/elasticsearch.ts'
import type { LeveretOptions } from './leveret-peers.ts'
import {
  buildLeveret,
  embeddedName,
  foundRows,
  indexName,
  openLeveret,
  wireEfforts
} from './leveret-peers.ts'
import type { OpenPeer, Peer } from './peer.ts'
import { queryOf } from './peer.ts'
import { base64 } from './server.ts'

export const leveretClient = (given: LeveretOptions = {}): Peer => ({
  name: 'leveret through client',
  opensBuildOf: embeddedName,
  build: (set, folder) => buildLeveret(set, folder, given),
  async open(set, folder): Promise<OpenPeer> {
    const db = await openLeveret(folder, given)
    const client = new Client(embedded(db))
    const vectors = Array.from({ length: set.queryCount }, (_, at) => base64(queryOf(set, at)))
    let candidates = 64
    return {
      efforts: wireEfforts,
      setEffort(effort) {
        candidates = effort
      },
      async search(at, k) {
        const answer = await client.search({
          index: indexName,
          filter_path: 'hits.hits._id',
          // The client's types know arrays only; Elasticsearch takes base64 too.
          knn: { field: 'v', query_vector: vectors[at] as never, k, num_candidates: candidates },
          _source: false,
          size: k
        })
        return foundRows(answer)
      },
      async close() {
        await client.close()
        await db.close()
      }
    }
  }
})
