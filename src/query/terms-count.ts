/** How many terms a query may look for. */
import { VectorStoreError } from '../util/index.ts'

/**
 * Source   Elasticsearch, index.max_terms_count.
 * Errors   REQUEST_ARGUMENT.
 */
export function checkTermsCount(count: number, most: number): void {
  if (count <= most) return
  throw new VectorStoreError(
    'REQUEST_ARGUMENT',
    `The number of terms [${count}] used in the Terms Query request has exceeded the allowed maximum of [${most}]. This maximum can be set by changing the [index.max_terms_count] index level setting.`
  )
}
