/** Hits of which nothing is asked but what they are and how near, as text: every search has some, and most have no others. */
import type { NodeHit, PlainHits } from '../../node/index.ts'
import { javaFloatLengthMax, jsonString, RawJson, writeJavaFloat } from '../../util/index.ts'

/** Which members of a hit are wanted, one at least. */
export type ShownOfHits = { readonly index: boolean; readonly id: boolean; readonly score: boolean }

/** What is written before it becomes text: a few hundred hits with short ids. */
const buffer = Buffer.allocUnsafe(2 ** 14)
/** Brackets, names and punctuation of a hit, and its score. */
const restLengthMax = 64 + javaFloatLengthMax
/** Bytes of a character of JSON text, escaped: backslash, u and four digits. */
const characterBytesMax = 6

export function isPlainHit(hit: NodeHit): boolean {
  return (
    hit.source === null &&
    hit.fields === null &&
    hit.sort === null &&
    hit.matched.length === 0 &&
    hit.version === null &&
    hit.seqNo === null &&
    hit.routing === null
  )
}

/** One hit. */
export function plainHit(hit: NodeHit, shown: ShownOfHits): RawJson {
  return new RawJson(new HitText(shown).add(hit.index, hit.id, hit.score).text(), true)
}

/**
 * A list of hits.
 *
 * Cost     a sixth of a microsecond a hit: numbers and ids go into one buffer digit by digit, no strings are made of them.
 */
export function plainHits(hits: PlainHits, shown: ShownOfHits): RawJson {
  const text = new HitText(shown)
  for (let at = 0; at < hits.length; at++)
    text.add(hits.indexAt(at), hits.idAt(at), hits.scoreAt(at))
  return new RawJson(`[${text.text()}]`, true)
}

/** The buffer is everybody's: nothing else may be printed before it is text. */
class HitText {
  readonly #beforeIndex: Uint8Array
  readonly #beforeId: Uint8Array
  readonly #beforeScore: Uint8Array
  readonly #shown: ShownOfHits
  /** What no longer had room. */
  #full = ''
  #length = 0

  constructor(shown: ShownOfHits) {
    const { index, id } = shown
    this.#shown = shown
    this.#beforeIndex = names.index
    this.#beforeId = index ? names.nextId : names.id
    this.#beforeScore = index || id ? names.nextScore : names.score
  }

  add(index: string, id: string, score: number | null): this {
    const shown = this.#shown
    const isFirst = this.#length === 0 && this.#full === ''
    this.#makeRoom(
      restLengthMax + 2 + characterBytesMax * ((shown.index ? index.length : 0) + id.length)
    )
    if (!isFirst) buffer[this.#length++] = comma
    buffer[this.#length++] = openBrace
    if (shown.index) {
      this.#bytes(this.#beforeIndex)
      this.#string(index)
    }
    if (shown.id) {
      this.#bytes(this.#beforeId)
      this.#string(id)
    }
    if (shown.score) {
      this.#bytes(this.#beforeScore)
      this.#score(score)
    }
    buffer[this.#length++] = closeBrace
    return this
  }

  text(): string {
    this.#flush()
    return this.#full
  }

  #flush(): void {
    this.#full += buffer.toString('utf8', 0, this.#length)
    this.#length = 0
  }

  #makeRoom(byteCount: number): void {
    if (this.#length + byteCount > buffer.length) this.#flush()
  }

  #bytes(bytes: Uint8Array): void {
    let to = this.#length
    for (let at = 0; at < bytes.length; at++) buffer[to++] = bytes[at]!
    this.#length = to
  }

  /** Ids are mostly letters and digits: looked through while they are copied. */
  #string(value: string): void {
    let to = this.#length
    buffer[to++] = quote
    for (let at = 0; at < value.length; at++) {
      const unit = value.charCodeAt(at)
      if (unit < 0x20 || unit > 0x7e || unit === quote || unit === backslash) {
        this.#length += buffer.write(jsonString(value), this.#length)
        return
      }
      buffer[to++] = unit
    }
    buffer[to++] = quote
    this.#length = to
  }

  /** Infinities have quotes, as JSON has no such number; what is no number at all is null. */
  #score(score: number | null): void {
    if (score !== null && Number.isFinite(score)) {
      this.#length = writeJavaFloat(score, buffer, this.#length)
    } else {
      const text = score === null || Number.isNaN(score) ? 'null' : `"${score}"`
      this.#length += buffer.write(text, this.#length)
    }
  }
}

const [quote, backslash, comma, openBrace, closeBrace] = [0x22, 0x5c, 0x2c, 0x7b, 0x7d]
const names = {
  index: Buffer.from('"_index":'),
  id: Buffer.from('"_id":'),
  nextId: Buffer.from(',"_id":'),
  score: Buffer.from('"_score":'),
  nextScore: Buffer.from(',"_score":')
}
