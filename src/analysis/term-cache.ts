/**
 * Terms of ASCII text in lower case, each as one string however often it comes: a string of its own for every word of every
 * document took longer to make, to hash and to collect than to look it up here.
 *
 * Direct-mapped: a term takes the place of the one that was there. Only short ones are kept: V8 cuts longer pieces out of a text as
 * views that would keep the whole text.
 */
const placeCount = 4096
const cachedTermMax = 12

const cached: string[] = Array.from({ length: placeCount }, () => '')

/** `text.slice(start, end).toLowerCase()` of ASCII characters. */
export function lowercaseTerm(text: string, start: number, end: number): string {
  const length = end - start
  if (length > cachedTermMax) return text.slice(start, end).toLowerCase()
  let hash = length
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + lower(text, at)) | 0
  const place = (hash ^ (hash >>> 12)) & (placeCount - 1)
  const there = cached[place]!
  if (isSame(there, text, start, length)) return there
  const term = text.slice(start, end).toLowerCase()
  cached[place] = term
  return term
}

function isSame(there: string, text: string, start: number, length: number): boolean {
  if (there.length !== length) return false
  for (let at = 0; at < length; at++)
    if (there.charCodeAt(at) !== lower(text, start + at)) return false
  return true
}

function lower(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code
}
