import type { NodeDialect } from '../node/index.ts'
import { BodyNode } from './body-node.ts'
import { elasticsearchFieldTypes } from './elasticsearch/dense-vector.ts'
import { elastiknnTypes } from './elastiknn/field-types.ts'
import { parseQuery } from './elasticsearch/query-parser.ts'

/** What a node needs to know of Elasticsearch: field types, and how the filter of an alias is read. */
export function elasticsearchDialect(): NodeDialect {
  return {
    fieldTypes: elasticsearchFieldTypes(elastiknnTypes),
    parseFilter: (json) =>
      parseQuery(new BodyNode(json), { requestSize: 10, expandFields: () => [] })
  }
}
