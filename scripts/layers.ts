/**
 * Which folder of src/ may import which; the only copy. Read by test/tidy and printed into ARCHITECTURE.md.
 * A row may import the named folders through their index.ts and nothing else; the table never gets a cycle.
 */
export const layers: Readonly<Record<string, readonly string[]>> = {
  util: [],
  simd: ['util'],
  store: ['util'],
  vector: ['simd', 'util'],
  analysis: ['util'],
  cache: ['simd', 'store', 'util'],
  segment: ['vector', 'cache', 'store', 'util'],
  query: ['segment', 'vector', 'util'],
  script: ['vector', 'util'],
  mapping: ['query', 'segment', 'vector', 'analysis', 'util'],
  engine: ['segment', 'vector', 'cache', 'store', 'util'],
  threads: ['segment', 'vector', 'cache', 'store', 'simd', 'util'],
  search: ['segment', 'query', 'script', 'analysis', 'vector', 'util'],
  node: ['engine', 'search', 'threads', 'mapping', 'query', 'segment', 'vector', 'cache', 'store', 'util'],
  dialect: [
    'node',
    'mapping',
    'query',
    'search',
    'segment',
    'script',
    'vector',
    'analysis',
    'util'
  ],
  rest: ['dialect', 'node', 'util'],
  http: ['rest', 'node', 'util'],
  client: ['rest', 'util'],
  tool: ['http', 'node', 'rest', 'engine', 'segment', 'vector', 'store', 'util']
}

/** npm packages and the folders that may import them; every package has one home. */
export const packageHomes: Readonly<Record<string, readonly string[]>> = {
  'classic-level': ['store'],
  'abstract-level': ['store'],
  msgpackr: ['store'],
  'p-queue': ['engine', 'node'],
  fastify: ['http'],
  '@fastify/compress': ['http'],
  '@elastic/transport': ['client'],
  '@elastic/elasticsearch': ['client'],
  commander: ['main.ts']
}
