/** Here is a JSON body of one product, give me our request; here is our answer, give me that product's JSON. */
export { BodyNode, isObjectValue, locate, objectBody } from './body-node.ts'
export { booleanOf, field, readObject, textOf } from './body-values.ts'
export type { FieldReader } from './body-values.ts'
export { elasticsearchDialect } from './elasticsearch-dialect.ts'
export { printPlugin } from './elastiknn/plugin.ts'
export { isQueryVector, nearestNeighborsName } from './elastiknn/query.ts'
export { elasticsearchErrors } from './error-table.ts'
export { analyze, parseAnalysis } from './elasticsearch/analyze-body.ts'
export { parseAliasActions, parseAliasDefinition } from './elasticsearch/alias-body.ts'
export type { AliasActionBody } from './elasticsearch/alias-body.ts'
export {
  conditionFaults,
  parseBulkAction,
  primaryTermOf,
  seqNoOf,
  updateFaults,
  versionTypeOf
} from './elasticsearch/bulk-line.ts'
export { plainBulkAction } from './elasticsearch/plain-bulk-line.ts'
export type { BulkAction, WriteConditions } from './elasticsearch/bulk-line.ts'
export { applyUrlSource, defaultFetch, readSource } from './elasticsearch/fetch-spec.ts'
export { parseIndexBody } from './elasticsearch/index-body.ts'
export { checkMapping } from './elasticsearch/mapping-checks.ts'
export { parseSettingsUpdate } from './elasticsearch/index-settings.ts'
export { parseMultiGet } from './elasticsearch/multi-get-body.ts'
export { printBulkItem, printWrite } from './elasticsearch/print-write.ts'
export { printCatTable } from './elasticsearch/cat-table.ts'
export type { CatColumn } from './elasticsearch/cat-table.ts'
export * from './elasticsearch/cat-columns.ts'
export { printClusterHealth, replicaCount } from './elasticsearch/print-cluster.ts'
export { printIndicesStats } from './elasticsearch/print-cluster-stats.ts'
export { printAliases, printIndex, printSettings } from './elasticsearch/print-index.ts'
export { printRoot } from './elasticsearch/print-root.ts'
export { printSearch, shardCounts } from './elasticsearch/print-search.ts'
export type { ShownOfAnswer } from './elasticsearch/print-search.ts'
export { printIndexStats } from './elasticsearch/print-stats.ts'
export { parseClauses } from './elasticsearch/clauses-ahead.ts'
export { parseQuery } from './elasticsearch/query-parser.ts'
export type { QueryContext } from './elasticsearch/query-context.ts'
export { parseSearch, parseSearchClauses, urlQuery } from './elasticsearch/search-body.ts'
export type { ParsedSearch, SearchContext } from './elasticsearch/search-body.ts'
export { checkSearchType } from './elasticsearch/search-type.ts'
export type { RankFusion } from './elasticsearch/retriever.ts'
export { parseUpdateBody } from './elasticsearch/update-body.ts'
export { printCause, printError, SearchFailure } from './print-error.ts'
export type { JsonObjectOut } from './print-error.ts'
export { suggestions } from './suggest.ts'
export { timeValueMs } from './time-value.ts'
export {
  illegalArgument,
  numberFormat,
  PlainFailure,
  validationFailure,
  WireFailure
} from './wire-failure.ts'
