/** APIs of Elasticsearch that are not built, or in part: what is asked of them is refused by name, not taken for an index. */
import { illegalArgument } from '../dialect/index.ts'
import type { VectorStoreError } from '../util/index.ts'

/** First word of their paths, or the one behind an index. */
const words: ReadonlySet<string> = new Set(
  (
    '_application _async_search _autoscaling _block _capabilities _ccr _clone _component_template _connector _dangling _data_stream ' +
    '_disk_usage _downsample _enrich _eql _esql _explain _features _field_usage_stats _fleet _graph _health_report _ilm ' +
    '_index_template _inference _info _ingest _internal _license _lifecycle _logstash _migration _ml _monitoring _mtermvectors _mvt ' +
    '_plugins _query _query_rules _rank_eval _recovery _reindex _reload_search_analyzers _remote _render _rollover _rollup ' +
    '_script_context _script_language _scripts _search_shards _searchable_snapshots _security _shard_stores _shrink _shutdown _slm ' +
    '_snapshot _split _sql _ssl _streams _synonyms _template _termvectors _terms_enum _text_structure _transform _update_by_query ' +
    '_watcher _xpack'
  ).split(' ')
)

export function isUnbuilt(word: string): boolean {
  return words.has(word)
}

/**
 * Why a request that no route takes is refused; null: its path is none of theirs.
 *
 * @param built  Routes there are, as `GET /path`.
 */
export function unbuiltApi(
  method: string,
  parts: readonly string[],
  built: readonly string[]
): VectorStoreError | null {
  const word = parts.slice(0, 2).find(isUnbuilt)
  if (word === undefined) return null
  const wanted = built.filter((route) => route.split('/').includes(word))
  const others = wanted.length === 0 ? '' : `, wanted one of ${wanted.join(', ')}`
  return illegalArgument(
    `[${method} /${parts.join('/')}] is not supported by this version${others}`
  )
}
