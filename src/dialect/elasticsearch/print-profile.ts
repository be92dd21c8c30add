/** `profile`: what the search did, in Elasticsearch's frame, with our own counters beside it. */
import type { NodeSearchResult } from '../../node/index.ts'
import type { JsonObjectOut } from '../print-error.ts'

type Profile = NodeSearchResult['profile'][number]

export function printProfile(profiles: readonly Profile[], nodeId: string): JsonObjectOut {
  return { shards: profiles.map((profile) => printShard(profile, nodeId)) }
}

function printShard(profile: Profile, nodeId: string): JsonObjectOut {
  const shard: JsonObjectOut = {
    id: `[${nodeId}][${profile.index}][0]`,
    node_id: nodeId,
    shard_id: 0,
    index: profile.index,
    cluster: '(local)'
  }
  if (profile.knn.length > 0) shard['dfs'] = { knn: profile.knn.map(printKnn) }
  const { query } = profile
  shard['searches'] = [
    {
      query:
        query === null
          ? []
          : [{ type: 'Query', description: query.description, time_in_nanos: query.timeNs }],
      rewrite_time: 0,
      collector: []
    }
  ]
  shard['aggregations'] = []
  return shard
}

function printKnn(knn: Profile['knn'][number]): JsonObjectOut {
  const operations = knn.segments.reduce(
    (sum, segment) => sum + segment.visitedCount + segment.rescoredCount,
    0
  )
  return {
    field: knn.field,
    vector_operations_count: operations,
    time_in_nanos: knn.timeNs,
    query: [{ type: 'KnnQuery', description: knn.field, time_in_nanos: knn.timeNs }],
    rewrite_time: 0,
    collector: [],
    segments: knn.segments.map((segment) => ({
      name: segment.name,
      strategy: segment.strategy,
      visited: segment.visitedCount,
      rescored: segment.rescoredCount,
      pages_read: segment.pagesRead
    }))
  }
}
