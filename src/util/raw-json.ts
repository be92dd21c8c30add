/** A JSON value that is printed as the text it already has: a stored source, a float in its shortest form. */
export class RawJson {
  readonly #text: string | Uint8Array | (() => string)
  /** Only what is wanted of it is there: nobody has to look into it. */
  readonly isPicked: boolean

  /** @param text  Valid JSON text, UTF-8 where it is bytes; kept, not copied. A function makes it when it is printed. */
  constructor(text: string | Uint8Array | (() => string), isPicked: boolean = false) {
    this.#text = text
    this.isPicked = isPicked
  }

  /** Bytes of text that is there already, or characters; 0 for text that is made when it is printed. */
  get byteLength(): number {
    return typeof this.#text === 'function' ? 0 : this.#text.length
  }

  /** UTF-8 of the text. */
  get bytes(): Uint8Array {
    return this.#text instanceof Uint8Array ? this.#text : Buffer.from(this.toString())
  }

  toString(): string {
    if (typeof this.#text === 'string') return this.#text
    return typeof this.#text === 'function' ? this.#text() : decoder.decode(this.#text)
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
