import { VectorStoreError } from '../util/index.ts'

const forbidden = ['\\', '/', '*', '?', '"', '<', '>', '|', ' ', ',', '#', ':']
const nameBytesMax = 255

/**
 * Refuses what Elasticsearch refuses as the name of an index or alias, so that every name moves to a cluster.
 * Names never become part of a path.
 *
 * Source   Elasticsearch create index API, "index name limitations".
 * Errors   INDEX_NAME.
 */
export function checkIndexName(name: string, what: 'index' | 'alias' = 'index'): void {
  const fault = nameFault(name)
  if (fault !== null)
    throw new VectorStoreError('INDEX_NAME', `Invalid ${what} name [${name}], ${fault}`, {
      details: { index: name }
    })
}

function nameFault(name: string): string | null {
  if (name === '') return 'must not be empty'
  for (const mark of forbidden)
    if (name.includes(mark))
      return mark === '#' || mark === ':'
        ? `must not contain '${mark}'`
        : `must not contain the following characters [${forbidden
            .slice(0, 10)
            .map((m) => `'${m}'`)
            .join(',')}]`
  if (name === '.' || name === '..') return "must not be '.' or '..'"
  if (name.startsWith('_') || name.startsWith('-') || name.startsWith('+'))
    return "must not start with '_', '-', or '+'"
  if (name !== name.toLowerCase()) return 'must be lowercase'
  const bytes = Buffer.byteLength(name)
  if (bytes > nameBytesMax) return `index name is too long, (${bytes} > ${nameBytesMax})`
  for (const character of name) if (character < ' ') return 'must not contain control characters'
  return null
}
