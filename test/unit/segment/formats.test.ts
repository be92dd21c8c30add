import test from 'ava'
import { BloomFilter } from '../../../src/segment/bloom-format.ts'
import { DictionaryReader } from '../../../src/segment/dictionary-reader.ts'
import { DictionaryWriter } from '../../../src/segment/dictionary-writer.ts'
import { DocSetReader } from '../../../src/segment/doc-set-reader.ts'
import { writeDocSet } from '../../../src/segment/doc-set-writer.ts'
import { PackedReader } from '../../../src/segment/packed-reader.ts'
import { PackedWriter } from '../../../src/segment/packed-writer.ts'
import { noMoreDocs } from '../../../src/segment/index.ts'
import { PostingsReader } from '../../../src/segment/postings-reader.ts'
import { PostingsWriter } from '../../../src/segment/postings-writer.ts'
import { below, bitsOf, randomOf } from '../../support/segment-documents.ts'
import type { Random } from '../../support/segment-documents.ts'
import { StreamPages } from '../../support/stream-pages.ts'

test('page streams: what lies across pages comes back whole', async (t) => {
  const pages = new StreamPages()
  const writer = pages.writer('columns')
  const bytes = Uint8Array.from({ length: 50_000 }, (_, at) => (at * 31) ^ (at >>> 8))
  writer.u8(7)
  writer.bytes(bytes)
  const aligned = writer.align(8)
  writer.i64(-5n)
  const stream = await pages.reader('columns', writer)
  t.is(stream.u8(0), 7)
  t.deepEqual(stream.bytes(1, bytes.length), bytes)
  t.deepEqual(stream.bytes(16_000, 1000), bytes.subarray(15_999, 16_999))
  t.is(stream.i64(aligned), -5n)
  t.throws(() => stream.u8(stream.byteCount), { code: 'STORE_CHECKSUM' })
  t.throws(() => stream.bytes(stream.byteCount - 2, 3), { code: 'STORE_CHECKSUM' })
})

test('packed numbers: longs of every width come back exact', async (t) => {
  const random = randomOf(3)
  for (const bits of [0, 1, 2, 3, 4, 7, 8, 12, 16, 31, 32, 33, 53, 63, 64]) {
    const base = bits === 64 ? 0n : BigInt(below(random, 1000)) - 500n
    const values = Array.from({ length: 2500 }, () =>
      BigInt.asIntN(64, base + bigBelow(random, bits))
    )
    const pages = new StreamPages()
    const writer = pages.writer('columns')
    const packed = new PackedWriter(writer, 'long')
    for (const value of values) packed.addLong(value)
    const info = packed.finish()
    const reader = new PackedReader(await pages.reader('columns', writer), info)
    t.deepEqual(
      values.map((_, at) => reader.longAt(at)),
      values,
      `${bits} bits`
    )
    t.deepEqual(
      values.map((_, at) => reader.numberAt(at)),
      values.map(Number),
      `${bits} bits`
    )
    t.throws(() => reader.longAt(values.length), { message: 'index < number of values' })
  }
})

test('packed numbers: doubles come back bit for bit, whole ones too', async (t) => {
  const random = randomOf(4)
  const sets = [
    [0, -0, 1, 5],
    [1e300, -1e-300, Number.MIN_VALUE, Number.MAX_VALUE, 0.1],
    [0.5, -0.25, 1024.75],
    [2 ** 53 - 1, -(2 ** 53 - 1), 3],
    [2 ** 53 - 1, 2 ** 53 - 9],
    Array.from({ length: 3000 }, () => below(random, 70_000) - 35_000),
    Array.from({ length: 1500 }, () => random())
  ]
  for (const values of sets) {
    const pages = new StreamPages()
    const writer = pages.writer('columns')
    const packed = new PackedWriter(writer, 'number')
    for (const value of values) packed.addNumber(value)
    const info = packed.finish()
    const reader = new PackedReader(await pages.reader('columns', writer), info)
    t.deepEqual(
      values.map((_, at) => reader.numberAt(at)),
      values
    )
  }
})

test('sets of documents: rank, walk and members agree for every density', async (t) => {
  const random = randomOf(5)
  for (const docCount of [1, 479, 480, 481, 5000]) {
    for (const share of [0.0005, 0.01, 0.1, 0.5, 0.99, 1]) {
      const members = Array.from({ length: docCount }, (_, doc) => doc).filter(
        () => random() < share
      )
      if (members.length === 0) members.push(below(random, docCount))
      const pages = new StreamPages()
      const writer = pages.writer('present')
      const info = writeDocSet(writer, bitsOf(docCount, members))
      const reader = new DocSetReader(await pages.reader('present', writer), info, docCount)
      const ranks = Array.from({ length: docCount }, (_, doc) => reader.rankOf(doc))
      t.deepEqual(
        ranks,
        Array.from({ length: docCount }, (_, doc) => members.indexOf(doc))
      )
      t.deepEqual([reader.rankOf(-1), reader.rankOf(docCount)], [-1, -1])
      t.deepEqual(reader.toBitSet().words, bitsOf(docCount, members).words)
      const walk = reader.iterator()
      for (let doc = -1; doc !== noMoreDocs;) {
        const target = doc + 1 + below(random, Math.ceil(docCount / 20))
        doc = walk.advance(target)
        t.is(doc, members.find((member) => member >= target) ?? noMoreDocs)
      }
    }
  }
})

/** Distinct ones, in byte order. */
function randomTerms(random: Random, count: number): string[] {
  const all = new Set<string>()
  while (all.size < count)
    all.add(`${'prefix'.repeat(below(random, 40))}/${Math.floor(random() * 1e9).toString(36)}`)
  return [...all].sort(byBytes)
}

test('dictionary: every term is found and every other has its place', async (t) => {
  const random = randomOf(6)
  const terms = randomTerms(random, 30_000)
  const pages = new StreamPages()
  const writer = pages.writer('terms')
  const dictionary = new DictionaryWriter(writer, 2)
  for (const [ord, term] of terms.entries()) t.is(dictionary.add(term, ord * 3, 2 ** 40 + ord), ord)
  t.throws(() => dictionary.add('', 0, 0), { message: 'terms come in byte order, each once' })
  const info = dictionary.finish()
  t.true(info.stride > 1, 'the samples were thinned')
  const reader = new DictionaryReader(await pages.reader('terms', writer), info, 2)
  for (let asked = 0; asked < 5000; asked++) {
    const ord = below(random, terms.length)
    t.is(reader.ordOf(terms[ord]!), ord)
    t.is(reader.termAt(ord), terms[ord]!)
    const { numbers, numberCount } = reader.find(terms[ord]!)!
    t.deepEqual([...numbers.subarray(numberCount - 2, numberCount)], [ord * 3, 2 ** 40 + ord])
    t.is(reader.ordOf(`${terms[ord]!}\u0000`), -1 - (ord + 1))
  }
  t.is(reader.ordOf(''), -1)
  t.is(reader.ordOf('zzz'), -1 - terms.length)
  t.true(reader.residentBytes <= 2 * 65536)
})

test('dictionary: terms that are asked in their order have each leaf read once', async (t) => {
  const terms = randomTerms(randomOf(7), 10_000)
  const pages = new StreamPages()
  const writer = pages.writer('terms')
  const dictionary = new DictionaryWriter(writer, 0)
  for (const term of terms) dictionary.add(term)
  const info = dictionary.finish()
  const stream = await pages.reader('terms', writer)
  let readCount = 0
  const counted = new Proxy(stream, {
    get(target, name) {
      if (name === 'bytes') readCount += 1
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    }
  })
  for (const way of ['ascending', 'descending']) {
    const reader = new DictionaryReader(counted, info, 0)
    readCount = 0
    for (let at = 0; at < terms.length; at++) {
      const ord = way === 'ascending' ? at : terms.length - 1 - at
      t.is(reader.ordOf(`${terms[ord]!}\u0000`), -1 - (ord + 1), way)
      t.is(reader.ordOf(terms[ord]!), ord, way)
    }
    // Leaves, and first terms where one is looked for. Two reads for each of the terms where none is kept.
    t.true(readCount < terms.length / 4, `${way}: ${readCount} reads`)
  }
})

test('dictionary: terms of thirty kilobytes and the empty one are terms', async (t) => {
  const terms = ['', 'a', `b${'x'.repeat(30_000)}`, `b${'x'.repeat(30_000)}y`, 'c']
  const pages = new StreamPages()
  const writer = pages.writer('terms')
  const dictionary = new DictionaryWriter(writer, 0)
  for (const term of terms) dictionary.add(term)
  const info = dictionary.finish()
  const reader = new DictionaryReader(await pages.reader('terms', writer), info, 0)
  for (const [ord, term] of terms.entries()) t.is(reader.ordOf(term), ord)
  t.deepEqual(
    terms.map((_, ord) => reader.termAt(ord)),
    terms
  )
})

type Occurrence = { readonly docId: number; readonly positions: readonly number[] }

function randomOccurrences(random: Random, docFreq: number): Occurrence[] {
  let docId = -1
  return Array.from({ length: docFreq }, (_, at) => {
    docId += 1 + below(random, at % 100 === 0 ? 100_000 : 5)
    const freq = random() < 0.5 ? 1 : 1 + below(random, 20)
    const positions = Array.from({ length: freq }, () => below(random, 1000))
    return { docId, positions: positions.sort((a, b) => a - b) }
  })
}

/** Postings of a term that is not the first: references are not zero. */
async function writtenPostings(
  docs: readonly Occurrence[],
  withPositions: boolean
): Promise<{ readonly numbers: readonly number[]; readonly open: () => PostingsReader }> {
  const pages = new StreamPages()
  const [terms, postings] = [pages.writer('terms'), pages.writer('postings')]
  const writer = new PostingsWriter(terms, postings, withPositions)
  for (let doc = 0; doc < 300; doc++) writer.add(doc, [1, 2])
  writer.endTerm('a')
  for (const { docId, positions } of docs) writer.add(docId, positions)
  writer.endTerm('b')
  const info = writer.finish()
  const dictionary = new DictionaryReader(await pages.reader('terms', terms), info, 2)
  const stream = await pages.reader('postings', postings)
  const hit = dictionary.find('b')!
  const numbers = [...hit.numbers.subarray(0, hit.numberCount)]
  const reference = numbers[1]! + numbers[3]!
  return { numbers, open: () => new PostingsReader(stream, docs.length, reference, withPositions) }
}

test('postings: lists of many blocks are walked and read with their positions', async (t) => {
  const random = randomOf(7)
  for (const docFreq of [1, 2, 127, 128, 129, 256, 5000]) {
    const docs = randomOccurrences(random, docFreq)
    const { open } = await writtenPostings(docs, true)
    const walk = open()
    for (const { docId, positions } of docs) {
      t.is(walk.next(), docId)
      if (random() < 0.3) t.deepEqual(walk.positions(), positions)
      t.is(walk.freq(), positions.length)
    }
    t.is(walk.next(), noMoreDocs)
    t.is(walk.advance(0), noMoreDocs)
  }
})

test('postings: advance lands where a scan does, with and without positions', async (t) => {
  const random = randomOf(8)
  for (const docFreq of [2, 128, 129, 5000]) {
    for (const withPositions of [true, false]) {
      const docs = randomOccurrences(random, docFreq)
      const skip = (await writtenPostings(docs, withPositions)).open()
      for (let doc = -1; doc !== noMoreDocs;) {
        const target = doc + 1 + below(random, 3000)
        const wanted = docs.find(({ docId }) => docId >= target)
        doc = skip.advance(target)
        t.is(doc, wanted?.docId ?? noMoreDocs)
        const positions = withPositions ? wanted?.positions : []
        if (wanted !== undefined) t.deepEqual(skip.positions(), positions)
      }
    }
  }
})

test('postings: a term of one document without positions lies in the dictionary', async (t) => {
  const { numbers } = await writtenPostings([{ docId: 77, positions: [] }], false)
  t.deepEqual(numbers.slice(2), [1, 77])
})

test('Bloom filter: no id is lost, and few others pass', (t) => {
  const filter = BloomFilter.of(20_000)
  for (let at = 0; at < 20_000; at++) filter.add(`document-${at}`)
  for (let at = 0; at < 20_000; at++) t.true(filter.mayHave(`document-${at}`))
  let passed = 0
  for (let at = 20_000; at < 40_000; at++) if (filter.mayHave(`document-${at}`)) passed += 1
  // 10 bits and 7 probes an id: 0.8 % in theory.
  t.true(passed < 20_000 * 0.012, `${passed} of 20,000 passed`)
})

test('RecordSink: batches stay below 1 MB when pauses are taken as they are due', async (t) => {
  const pages = new StreamPages()
  const writer = pages.writer('columns')
  for (let at = 0; at < 5000; at++) {
    writer.bytes(new Uint8Array(1000))
    if (pages.sink.due()) await pages.sink.pause()
  }
  await pages.reader('columns', writer)
  t.true(pages.batches.length >= 5)
  for (const bytes of pages.batches) t.true(bytes <= 2 ** 20)
})

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function bigBelow(random: Random, bits: number): bigint {
  const high = BigInt(below(random, 2 ** 32))
  const low = BigInt(below(random, 2 ** 32))
  return BigInt.asUintN(bits, (high << 32n) | low)
}
