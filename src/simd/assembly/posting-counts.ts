/**
 * Counts who is in lists of postings: two bytes each in one stream of words in pages. Lists of hash terms
 * (src/vector/lsh/postings-format.ts) and of true indices (src/vector/sparse/row-lists.ts) are such streams.
 */
import { evictions, frame, keepLoads, moved, othersEvict } from './frames'

/** Words of a page of postings: 1 << 13 of two bytes. */
const WORD_SHIFT: u32 = 13
const WORD_MASK: u32 = 8191
/** Lists whose first lines are read ahead at once. */
const GROUP: usize = 64
/** Of a list; behind it the processor has seen where the loads go. */
const TOUCHED_BYTES: usize = 512

let postingTable: usize = 0
let postingTableId: u32 = 0
let hasFrequencies: bool = false
let isChunked: bool = false

/** Takes the stream to count in. */
export function bindPostings(table: usize, tableId: u32, withFrequencies: bool, withChunks: bool): void {
  postingTable = table
  postingTableId = tableId
  hasFrequencies = withFrequencies
  isChunked = withChunks
}

/** Adds to a count of type T. */
@inline
function more<T>(counts: usize, ord: usize, by: u32): void {
  const at = counts + (ord << alignof<T>())
  store<T>(at, <T>(<u32>load<T>(at) + by))
}

@inline
function countOnes<T>(at: usize, end: usize, counts: usize): void {
  for (; at + 16 <= end; at += 16) {
    more<T>(counts, load<u16>(at), 1)
    more<T>(counts, load<u16>(at, 2), 1)
    more<T>(counts, load<u16>(at, 4), 1)
    more<T>(counts, load<u16>(at, 6), 1)
    more<T>(counts, load<u16>(at, 8), 1)
    more<T>(counts, load<u16>(at, 10), 1)
    more<T>(counts, load<u16>(at, 12), 1)
    more<T>(counts, load<u16>(at, 14), 1)
  }
  for (; at < end; at += 2) more<T>(counts, load<u16>(at), 1)
}

@inline
function countLesser<T>(at: usize, end: usize, counts: usize, frequency: u32): void {
  for (; at < end; at += 4) more<T>(counts, load<u16>(at), min<u32>(load<u16>(at, 2), frequency))
}

/** Room for a page of postings. */
let copies: usize = 0
export function copyAt(at: usize): void {
  copies = at
}

/**
 * Address of words of a page of postings. Counts that were added cannot be taken back, so where other threads take pages out it
 * is that of a copy that is known to be good.
 */
@inline
function postingsAt(page: u32, word: u32, words: u32): usize {
  if (!othersEvict()) return frame(postingTable, postingTableId, page) + (<usize>word << 1)
  let before: u32 = 0
  do {
    before = evictions()
    memory.copy(copies, frame(postingTable, postingTableId, page) + (<usize>word << 1), <usize>words << 1)
  } while (moved(before))
  return copies
}

/** Postings from word `from` to `to`, without a head; the ordinals count from that of `counts`. */
function countRun(from: u64, to: u64, counts: usize, shift: usize, frequency: u32): void {
  while (from < to) {
    const page = <u32>(from >> WORD_SHIFT)
    const pageEnd = (<u64>page + 1) << WORD_SHIFT
    const end = min<u64>(to, pageEnd)
    const at = postingsAt(page, <u32>from & WORD_MASK, <u32>(end - from))
    const atEnd = at + (<usize>(end - from) << 1)
    if (hasFrequencies) {
      if (shift == 0) countLesser<u8>(at, atEnd, counts, frequency)
      else if (shift == 1) countLesser<u16>(at, atEnd, counts, frequency)
      else countLesser<u32>(at, atEnd, counts, frequency)
    } else if (shift == 0) countOnes<u8>(at, atEnd, counts)
    else if (shift == 1) countOnes<u16>(at, atEnd, counts)
    else countOnes<u32>(at, atEnd, counts)
    from = end
  }
}

function wordAt(word: u64): u32 {
  return load<u16>(postingsAt(<u32>(word >> WORD_SHIFT), <u32>word & WORD_MASK, 1))
}

/** Loads the first lines of postings that are resident: of all at once what the processor has to fetch. */
function touchStarts(places: usize, placeCount: usize): void {
  let sum: u32 = 0
  for (let i: usize = 0; i < placeCount; i++) {
    const place = load<u64>(places + (i << 3))
    const from = place >> 32
    const to = place & 0xffffffff
    if (from == to) continue
    const page = <u32>(from >> WORD_SHIFT)
    const found = <usize>load<u32>(postingTable + (<usize>page << 2))
    if (!found) continue
    const word = <u32>from & WORD_MASK
    const words = min<u32>(<u32>(to - from), (1 << WORD_SHIFT) - word)
    const at = found + (<usize>word << 1)
    const end = at + min<usize>(<usize>words << 1, TOUCHED_BYTES)
    for (let line = at; line < end; line += 64) sum += load<u8>(line)
  }
  keepLoads(sum)
}

/** Adds to `counts` for every place; a word of `frequencies` for each. */
export function count(places: usize, frequencies: usize, placeCount: i32, counts: usize, shift: usize): void {
  for (let i: usize = 0; i < <usize>placeCount; i++) {
    if (!(i & (GROUP - 1))) touchStarts(places + (i << 3), min<usize>(GROUP, <usize>placeCount - i))
    const place = load<u64>(places + (i << 3))
    const frequency = load<u32>(frequencies + (i << 2))
    let from = place >> 32
    const to = place & 0xffffffff
    if (!isChunked) {
      countRun(from, to, counts, shift, frequency)
      continue
    }
    while (from < to) {
      const chunk = wordAt(from)
      const words = (<u64>wordAt(from + 1) + 1) << (hasFrequencies ? 1 : 0)
      countRun(from + 2, from + 2 + words, counts + ((<usize>chunk << 16) << shift), shift, frequency)
      from += 2 + words
    }
  }
}
