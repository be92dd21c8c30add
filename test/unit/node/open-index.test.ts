import { setImmediate as nextTurn } from 'node:timers/promises'
import test from 'ava'
import type { IndexMapping, ParsedDocument, TextInput } from '../../../src/mapping/index.ts'
import { OpenIndex } from '../../../src/node/open-index.ts'
import type { IndexableDocument } from '../../../src/segment/index.ts'
import type { IndexMetadata } from '../../../src/node/types.ts'
import type { LoopSlice, Steps } from '../../../src/util/index.ts'

/** Gives way at each step. */
const slice: LoopSlice = { due: () => true, wait: () => nextTurn(), restart: () => undefined }

/** Takes three steps for each document, and tells when it begins and ends with one. Refuses those without an id. */
function mappingThatTells(told: string[]): IndexMapping {
  const mapping = {
    *parseInSteps({ id, routing }: TextInput): Steps<ParsedDocument> {
      told.push(`${id} begins`)
      for (let step = 0; step < 3; step++) yield
      told.push(`${id} ends`)
      if (id === '') throw new Error('it has no id')
      const source = { text: Buffer.from('{}'), cuts: [] }
      return { document: { id, routing, source, docs: [] }, update: null }
    }
  }
  return mapping as unknown as IndexMapping
}

function indexThatTells(told: string[]): OpenIndex {
  const metadata = { name: 'one', uuid: 'one' } as unknown as IndexMetadata
  return new OpenIndex(metadata, mappingThatTells(told), () => {
    throw new Error('nothing is written')
  })
}

test('OpenIndex: documents of megabytes are parsed one after another, shorter ones beside each other', async (t) => {
  for (const [bytes, wanted] of [
    [2 ** 14, ['a begins', 'b begins', 'a ends', 'b ends']],
    [2 ** 20, ['a begins', 'a ends', 'b begins', 'b ends']]
  ] as const) {
    const told: string[] = []
    const index = indexThatTells(told)
    const body = Buffer.alloc(bytes)
    const parse = async (id: string): Promise<IndexableDocument> =>
      index.parseInSlices({ id, routing: null, body }, slice)
    const documents = await Promise.all(['a', 'b'].map(parse))
    t.deepEqual(
      documents.map(({ id }) => id),
      ['a', 'b']
    )
    t.deepEqual(told, wanted)
  }
})

test('OpenIndex: a document of megabytes that is refused does not keep the next one', async (t) => {
  const index = indexThatTells([])
  const body = Buffer.alloc(2 ** 20)
  const parse = async (id: string): Promise<unknown> =>
    index.parseInSlices({ id, routing: null, body }, slice)
  const refused = t.throwsAsync(parse(''), { message: 'it has no id' })
  t.like(await parse('b'), { id: 'b' })
  await refused
})
