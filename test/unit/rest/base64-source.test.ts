/**
 * Goal: a source with a vector in base64 comes back byte by byte, though only the numbers are kept: from the write buffer, after a
 * replay, from a flushed and from a merged segment, and to an update. Method: one simulated disk, killed and opened again.
 */
import test from 'ava'
import { createHandler } from '../../../src/rest/handler.ts'
import { base64OfFloats } from '../../../src/util/index.ts'
import { openOnDisk } from '../../support/simulated-node.ts'
import { SimulatedDisk } from '../../support/simulated-store.ts'

const dims = 5
const vectors = [
  Float32Array.of(0.1, -0, 1e-40, -3.5, 2),
  Float32Array.of(-0, 0, 1, 255, 3),
  Float32Array.of(1, 2, 3, 4, 5)
]
const sources = vectors.map((vector, at) => `{"t" : "ä${at}", "v":"${base64OfFloats(vector)}"}`)
const mappings = {
  properties: { v: { type: 'dense_vector', dims, similarity: 'l2_norm' }, t: { type: 'keyword' } }
}

test('base64 vectors: the source is the bytes that came in, wherever it is read from', async (t) => {
  const disk = new SimulatedDisk()
  let handler = createHandler(await openOnDisk(t, disk))
  const ask = async (method: string, path: string, body?: string | object): Promise<string> => {
    const headers = { 'content-type': 'application/json' }
    const request = { method, path, headers, ...(body === undefined ? {} : { body }) }
    const answer = await handler.handle(request)
    t.is(answer.status, 200, String(answer.body))
    return String(answer.body)
  }
  const check = async (place: string): Promise<void> => {
    for (const [at, source] of sources.entries())
      t.is(await ask('GET', `/i/_source/${at}`), source, place)
    const vector = JSON.stringify(base64OfFloats(vectors[0]!))
    const found = await ask(
      'POST',
      '/i/_search',
      `{"knn":{"field":"v","query_vector":${vector},"k":1,"num_candidates":9},"_source":["v"]}`
    )
    t.true(found.includes(`"_source":{"v":${vector}}`), found)
  }
  await ask('PUT', '/i', { mappings })
  const lines = sources.flatMap((source, at) => [`{"index":{"_id":"${at}"}}`, source])
  await ask('POST', '/i/_bulk', `${lines.join('\n')}\n`)
  await check('write buffer')
  disk.crash()
  handler = createHandler(await openOnDisk(t, disk))
  await check('replay')
  await ask('POST', '/i/_flush')
  await check('segment')
  sources[2] = sources[2]!.replace('"t" : "ä2", ', '"t":"new",')
  await ask('POST', '/i/_update/2', { doc: { t: 'new' } })
  await check('update')
  await ask('POST', '/i/_forcemerge?max_num_segments=1')
  await check('merge')
})
