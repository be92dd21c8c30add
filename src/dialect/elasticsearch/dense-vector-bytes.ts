/** Vectors as text: hex, base64 (big-endian numbers), and bfloat16. */

/** null when the text is no hex. The bytes are a view that others must not keep; the same below. */
export function decodeHex(text: string): Int8Array | null {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return null
  return signed(Buffer.from(text, 'hex'))
}

/** null when the text is no base64; padding may be left out, but not be wrong. */
export function decodeBase64(text: string): Int8Array | null {
  const isPadded = text.endsWith('=')
  if (isPadded ? text.length % 4 !== 0 : text.length % 4 === 1) return null
  const charCount = text.length - (text.endsWith('==') ? 2 : Number(isPadded))
  // What is no base64 is skipped by the decoder, and missing then; but it knows a second alphabet.
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== Math.floor((charCount * 3) / 4)) return null
  if (text.includes('-') || text.includes('_')) return null
  return signed(bytes)
}

function signed({ buffer, byteOffset, length }: Buffer): Int8Array {
  return new Int8Array(buffer, byteOffset, length)
}

export function floatsOfBytes(bytes: Int8Array): Float32Array {
  const turned = Buffer.from(new ArrayBuffer(bytes.length))
  turned.set(bytes)
  // From big-endian to this machine's order: WebAssembly runs on little-endian memory only.
  turned.swap32()
  return new Float32Array(turned.buffer)
}

/** As floatsOfBytes, in the memory of the bytes themselves where that is aligned. A view, too: for the time of a request. */
export function floatsWithin({ buffer, byteOffset, length }: Int8Array): Float32Array {
  const turned = Buffer.from(buffer, byteOffset, length).swap32()
  if (byteOffset % 4 !== 0) return new Float32Array(Uint8Array.from(turned).buffer)
  return new Float32Array(buffer, byteOffset, length / 4)
}

/** The upper halves of float32 numbers. */
export function floatsOfBfloat16(bytes: Int8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const bits = new Uint32Array(bytes.length / 2)
  for (let at = 0; at < bits.length; at++) bits[at] = view.getUint16(at * 2) << 16
  return new Float32Array(bits.buffer)
}

/** Each number rounded to the nearest bfloat16, ties to even. */
export function roundToBfloat16(values: Float32Array): Float32Array {
  const rounded = Float32Array.from(values)
  const bits = new Uint32Array(rounded.buffer)
  for (let at = 0; at < bits.length; at++) {
    const word = bits[at]!
    // Infinities and NaN stay; they are refused elsewhere.
    if ((word & 0x7f800000) === 0x7f800000) continue
    bits[at] = (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000
  }
  return rounded
}

/** Big-endian bytes in base64: how docvalue_fields prints a vector in the format `binary`. */
export function encodeBase64(vector: Float32Array | Int8Array | Uint8Array): string {
  if (!(vector instanceof Float32Array)) {
    return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
  }
  const view = new DataView(new ArrayBuffer(vector.length * 4))
  vector.forEach((value, at) => view.setFloat32(at * 4, value))
  return Buffer.from(view.buffer).toString('base64')
}
