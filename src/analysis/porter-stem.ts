/**
 * Porter's stemmer for English, the one behind Elasticsearch's `english` analyzer.
 *
 * Source   M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980, steps 1a to 5b, with the two
 *          departures of the author's own later programs (`logi` to `log`, `bli` to `ble`), which Lucene has too.
 */
const consonant = '[^aeiou]'
const vowel = '[aeiouy]'
const consonants = `${consonant}[^aeiouy]*`
const vowels = `${vowel}[aeiou]*`
/** [C](VC)^m[V]: m is the measure. */
const measureAbove0 = new RegExp(`^(${consonants})?${vowels}${consonants}`)
const measureIs1 = new RegExp(`^(${consonants})?${vowels}${consonants}(${vowels})?$`)
const measureAbove1 = new RegExp(`^(${consonants})?${vowels}${consonants}${vowels}${consonants}`)
const hasVowel = new RegExp(`^(${consonants})?${vowel}`)
/** *o: consonant, vowel, consonant at the end, the last not w, x or y. */
const endsShort = new RegExp(`^${consonants}${vowel}[^aeiouwxy]$`)

const step2: readonly (readonly [string, string])[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['izer', 'ize'],
  ['bli', 'ble'],
  ['alli', 'al'],
  ['entli', 'ent'],
  ['eli', 'e'],
  ['ousli', 'ous'],
  ['ization', 'ize'],
  ['ation', 'ate'],
  ['ator', 'ate'],
  ['alism', 'al'],
  ['iveness', 'ive'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['aliti', 'al'],
  ['iviti', 'ive'],
  ['biliti', 'ble'],
  ['logi', 'log']
]
const step3: readonly (readonly [string, string])[] = [
  ['icate', 'ic'],
  ['ative', ''],
  ['alize', 'al'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', '']
]
const step4 = /^(.+?)(al|ance|ence|er|ic|able|ible|ant|ement|ment|ent|ou|ism|ate|iti|ous|ive|ize)$/

export function porterStem(term: string): string {
  if (term.length < 3 || !/^[a-z]+$/.test(term)) return term
  // A y at the start is a consonant; written large it is one for the patterns above.
  let word = term.startsWith('y') ? `Y${term.slice(1)}` : term
  word = pastAndPlural(word)
  if (word.endsWith('y') && hasVowel.test(word.slice(0, -1))) word = `${word.slice(0, -1)}i`
  word = replaceSuffix(word, step2)
  word = replaceSuffix(word, step3)
  word = dropSuffix(word)
  word = tidyEnd(word)
  return word.toLowerCase()
}

function pastAndPlural(term: string): string {
  let word = term
  if (/(ss|i)es$/.test(word)) word = word.slice(0, -2)
  else if (/[^s]s$/.test(word)) word = word.slice(0, -1)
  if (word.endsWith('eed')) {
    return measureAbove0.test(word.slice(0, -3)) ? word.slice(0, -1) : word
  }
  const match = /^(.+?)(ed|ing)$/.exec(word)
  if (match === null || !hasVowel.test(match[1]!)) return word
  word = match[1]!
  if (/(at|bl|iz)$/.test(word)) return `${word}e`
  if (/([^aeiouylsz])\1$/.test(word)) return word.slice(0, -1)
  return endsShort.test(word) ? `${word}e` : word
}

function replaceSuffix(word: string, table: readonly (readonly [string, string])[]): string {
  // The longest suffix that fits decides, even when its stem is too short.
  let best: readonly [string, string] | null = null
  for (const entry of table) {
    if (word.endsWith(entry[0]) && entry[0].length > (best?.[0].length ?? 0)) best = entry
  }
  if (best === null) return word
  const stem = word.slice(0, word.length - best[0].length)
  return measureAbove0.test(stem) ? stem + best[1] : word
}

function dropSuffix(word: string): string {
  const match = step4.exec(word)
  if (match !== null) return measureAbove1.test(match[1]!) ? match[1]! : word
  const ion = /^(.+?)(s|t)(ion)$/.exec(word)
  if (ion === null) return word
  const stem = ion[1]! + ion[2]!
  return measureAbove1.test(stem) ? stem : word
}

function tidyEnd(term: string): string {
  let word = term
  if (word.endsWith('e')) {
    const stem = word.slice(0, -1)
    if (measureAbove1.test(stem) || (measureIs1.test(stem) && !endsShort.test(stem))) word = stem
  }
  return word.endsWith('ll') && measureAbove1.test(word) ? word.slice(0, -1) : word
}
