/** LlamaIndex's ElasticSearchVectorStore against a running Leveret. Run: npm install && npm test, in this folder. */
import assert from 'node:assert/strict'
import { Settings } from '@llamaindex/core/global'
import { TextNode } from '@llamaindex/core/schema'
import { ElasticSearchVectorStore } from '@llamaindex/elastic-search'
import { startServer } from './server.ts'

const server = await startServer()
try {
  Settings.embedModel = { getTextEmbedding: async () => [1, 2, 3] } as never
  const store = new ElasticSearchVectorStore({ indexName: 'li', esUrl: server.url })
  const node = (id: string, text: string, label: string, embedding: number[]): TextNode => {
    const made = new TextNode({ text, metadata: { a: label }, id_: id })
    made.embedding = embedding
    return made
  }
  await store.add([node('n1', 'hello', 'x', [1, 2, 3]), node('n2', 'bye', 'y', [3, -2, 1])])

  const found = await store.query({ queryEmbedding: [1, 2, 3], similarityTopK: 2, mode: 'default' } as never)
  assert.deepEqual(found.ids, ['n1', 'n2'])
  const filters = { filters: [{ key: 'a', value: 'y', operator: '==' }] }
  const filtered = await store.query({ queryEmbedding: [1, 2, 3], similarityTopK: 2, mode: 'default', filters } as never)
  assert.deepEqual(filtered.ids, ['n2'])
  process.stdout.write('llamaindex: ElasticSearchVectorStore passed\n')
} finally {
  await server.stop()
}
