/**
 * Names of JSON members as strings, each the same object however often it comes: documents of an index have the same few names,
 * and to make a string of one takes longer than to look it up. Direct-mapped: a name takes the place of the one that was there.
 */
const placeCount = 1024
const nameBytesMax = 32

const names: string[] = Array.from({ length: placeCount }, () => '')

/** The ASCII characters `bytes[from .. to - 1]`. */
export function asciiName(bytes: Buffer, from: number, to: number): string {
  const length = to - from
  if (length > nameBytesMax) return bytes.toString('latin1', from, to)
  let hash = length
  for (let at = from; at < to; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0
  const place = (hash ^ (hash >>> 10)) & (placeCount - 1)
  const there = names[place]!
  if (isSame(there, bytes, from, length)) return there
  const name = bytes.toString('latin1', from, to)
  names[place] = name
  return name
}

function isSame(there: string, bytes: Buffer, from: number, length: number): boolean {
  if (there.length !== length) return false
  for (let at = 0; at < length; at++) if (there.charCodeAt(at) !== bytes[from + at]) return false
  return true
}
