/** A JSON value that is printed as the text it already has: a stored source, a float in its shortest form. */
export class RawJson {
  readonly text: string | Uint8Array

  /** @param text  Valid JSON text, UTF-8 where it is bytes; kept, not copied. */
  constructor(text: string | Uint8Array) {
    this.text = text
  }

  toString(): string {
    return typeof this.text === 'string' ? this.text : decoder.decode(this.text)
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
