/**
 * LangChain's ElasticVectorSearch against a running Leveret: add, search, filter, delete, as its users call it.
 * Run: npm install && npm test, in this folder.
 */
import assert from 'node:assert/strict'
import { Client } from '@elastic/elasticsearch'
import { ElasticVectorSearch } from '@langchain/community/vectorstores/elasticsearch'
import { startServer } from './server.ts'

const vectors: Readonly<Record<string, number[]>> = { hello: [1, 0, 0.1], bye: [0, 1, 0.1], query: [0.9, 0.1, 0.1] }
const embeddings = {
  embedDocuments: async (texts: string[]) => texts.map((text) => vectors[text] ?? [0, 0, 1]),
  embedQuery: async (text: string) => vectors[text] ?? [0, 0, 1]
}
const documents = [
  { pageContent: 'hello', metadata: { a: 'x', n: 3, loc: { lines: { from: 1, to: 2 } } } },
  { pageContent: 'bye', metadata: { a: 'y', n: 1 } }
]

const server = await startServer()
try {
  const client = new Client({ node: server.url })
  const store = new ElasticVectorSearch(embeddings as never, { client, indexName: 'lc', vectorSearchOptions: { similarity: 'cosine' } })
  assert.deepEqual(await store.addDocuments(documents, { ids: ['1', '2'] }), ['1', '2'])
  const found = await store.similaritySearch('query', 2)
  assert.deepEqual(found.map((one) => one.pageContent), ['hello', 'bye'])
  assert.deepEqual(found[0]?.metadata, documents[0]?.metadata)

  const filtered = await store.similaritySearchWithScore('query', 2, { a: 'y' } as never)
  assert.deepEqual(filtered.map(([one]) => one.pageContent), ['bye'])
  const score = filtered[0]?.[1] ?? 0
  assert.ok(Math.abs(score - expectedScore('query', 'bye')) < 1e-5, `score ${score}`)

  const operators = [
    { operator: 'exists', field: 'n', value: 1 },
    { operator: 'range', field: 'n', value: { gte: 2 } },
    { operator: 'not_exists', field: 'absent', value: 1 }
  ]
  assert.deepEqual((await store.similaritySearch('query', 2, operators as never)).map((one) => one.pageContent), ['hello'])

  await store.delete({ ids: ['1'] })
  assert.deepEqual((await store.similaritySearch('query', 2)).map((one) => one.pageContent), ['bye'])
  const again = await ElasticVectorSearch.fromExistingIndex(embeddings as never, { client, indexName: 'lc' })
  assert.equal((await again.similaritySearch('query', 1)).length, 1)
  await store.deleteIfExists()
  assert.equal(await client.indices.exists({ index: 'lc' }), false)
  process.stdout.write('langchain: ElasticVectorSearch passed\n')
} finally {
  await server.stop()
}

/** (1 + cosine) / 2 in float64. */
function expectedScore(a: string, b: string): number {
  const [x, y] = [vectors[a] ?? [], vectors[b] ?? []]
  const dot = (p: number[], q: number[]): number => p.reduce((sum, value, at) => sum + value * (q[at] ?? 0), 0)
  return (1 + dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y))) / 2
}
