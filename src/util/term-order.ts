/**
 * Order of the UTF-8 bytes of two strings, without encoding them. JavaScript compares UTF-16 units, which puts
 * U+E000 .. U+FFFF after the surrogates, while their bytes come before.
 */
export function compareTerms(a: string, b: string): number {
  const end = Math.min(a.length, b.length)
  for (let at = 0; at < end; at++) {
    const x = a.charCodeAt(at)
    const y = b.charCodeAt(at)
    if (x === y) continue
    return x < 0xd800 || y < 0xd800 ? x - y : rotated(x) - rotated(y)
  }
  return a.length - b.length
}

/** Surrogates behind the rest of the basic plane, order within both kept. */
function rotated(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}

/** From here on the two orders differ. */
const special = /[\ud800-\uffff]/

/** Puts a list in the order of compareTerms. Cost: half of a sort by it, where no term has such characters. */
export function sortTerms(terms: string[]): string[] {
  // Without a function V8 compares UTF-16 units by itself, twice as fast.
  // oxlint-disable-next-line typescript/require-array-sort-compare
  return terms.some((term) => special.test(term)) ? terms.sort(compareTerms) : terms.sort()
}
