import test from 'ava'
import { MemoryBodies } from '../../../src/segment/memory-bodies.ts'
import type { StoredBody } from '../../../src/segment/stored-format.ts'

function bodyOf(at: number, textLength: number): StoredBody {
  const cuts = [
    { offset: 1, field: 70_000, docOffset: 0, form: 'float64' as const },
    { offset: textLength, field: 3, docOffset: at, form: 'int' as const }
  ]
  return {
    id: `id ${at} \u{1f407}ä`,
    routing: at % 3 === 0 ? '道' : null,
    version: 2 ** 40 + at,
    seqNo: 2 ** 52 + at,
    source: { text: new Uint8Array(textLength).fill(at & 255), cuts }
  }
}

test('MemoryBodies: documents come back as they were given, small, longer than a slab, and after children', (t) => {
  const bodies = new MemoryBodies()
  const given: (StoredBody | null)[] = []
  for (let at = 0; at < 300; at++) {
    if (at % 5 === 0) {
      bodies.addChild()
      given.push(null)
    }
    // 600 KB at 7, 8 and 250: each has a slab of its own; the others share theirs.
    const body = bodyOf(at, [7, 8, 250].includes(at) ? 600_000 : 1 + at * 11)
    bodies.addRoot(body)
    given.push(body)
  }
  let total = 0
  for (const [docId, body] of given.entries()) {
    t.is(bodies.ids[docId], body?.id ?? null)
    if (body === null) continue
    const found = bodies.body(docId)
    t.deepEqual(
      { ...found, source: { ...found.source, text: Uint8Array.from(found.source.text) } },
      body
    )
    total += bodies.encoded(docId).length
  }
  t.is(bodies.byteLength, total)
})

test('MemoryBodies: a child has no stored document', (t) => {
  const bodies = new MemoryBodies()
  bodies.addChild()
  t.throws(() => bodies.encoded(0), { message: /stored documents are those of roots/ })
})
