/**
 * What a set has in common with rows of indices in pages. Types, shapes and meanings: ../sparse-rows.ts; pages:
 * src/vector/sparse/sparse-format.ts.
 */
import { evictions, frame, keepLoads, moved } from './frames'
import { intersectionCount } from './sets'
export { loadedSum } from './frames'

/** Words of a page: 1 << 12 of four bytes. */
const WORD_SHIFT: u32 = 12
const WORD_MASK: u32 = 4095

let startTable: usize = 0
let startTableId: u32 = 0
let rowTable: usize = 0
let rowTableId: u32 = 0
/** A bit for each index, set where the query has it; 0: the query is not marked. */
let marks: usize = 0
/** One less than the bits, which are a power of two: what is read from a stale frame leads nowhere else. */
let markMask: u32 = 0

/** Rows that are read ahead at once. */
const GROUP: usize = 64
/** Of a row; behind it the processor has seen where the loads go. */
const TOUCHED_BYTES: usize = 512
/** From this ratio of lengths on, the members of a query are looked for in a row instead. */
const SEARCH_RATIO: u32 = 32

export function bind(starts: usize, startsId: u32, rows: usize, rowsId: u32): void {
  startTable = starts
  startTableId = startsId
  rowTable = rows
  rowTableId = rowsId
  marks = 0
}

export function mark(query: usize, count: i32, bits: usize, bytes: usize): void {
  memory.fill(bits, 0, bytes)
  for (let i: usize = 0; i < <usize>count; i++) {
    const index = load<u32>(query + (i << 2))
    const at = bits + <usize>(index >> 3)
    store<u8>(at, <u8>(<u32>load<u8>(at) | (<u32>1 << (index & 7))))
  }
  marks = bits
  markMask = (<u32>bytes << 3) - 1
}

@inline
function markOf(index: u32): i32 {
  const bit = index & markMask
  return (<i32>load<u8>(marks + <usize>(bit >> 3)) >> (bit & 7)) & 1
}

/** Words that are marked. */
function markedCount(at: usize, count: u32): i32 {
  const end = at + (<usize>count << 2)
  let a = 0
  let b = 0
  for (; at + 16 <= end; at += 16) {
    a += markOf(load<u32>(at)) + markOf(load<u32>(at, 4))
    b += markOf(load<u32>(at, 8)) + markOf(load<u32>(at, 12))
  }
  for (; at < end; at += 4) a += markOf(load<u32>(at))
  return a + b
}

@inline
function startOf(ord: u32): u32 {
  let before: u32 = 0
  let start: u32 = 0
  do {
    before = evictions()
    start = load<u32>(frame(startTable, startTableId, ord >> WORD_SHIFT) + (<usize>(ord & WORD_MASK) << 2))
  } while (moved(before))
  return start
}

/** The first member of the query above `index`. */
function firstAbove(query: usize, end: usize, index: i32): usize {
  while (query < end) {
    const middle = query + (((end - query) >> 3) << 2)
    if (load<i32>(middle) <= index) query = middle + 4
    else end = middle
  }
  return query
}

/** Common members with the words from .. to - 1 of the rows, which may cross pages. */
function common(query: usize, queryEnd: usize, from: u32, to: u32): i32 {
  let count = 0
  while (from < to) {
    const page = from >> WORD_SHIFT
    const words = min<u32>(to - from, WORD_MASK + 1 - (from & WORD_MASK))
    const before = evictions()
    const at = frame(rowTable, rowTableId, page) + (<usize>(from & WORD_MASK) << 2)
    const queryCount = <u32>((queryEnd - query) >> 2)
    const isMarked = marks != 0 && words < queryCount * SEARCH_RATIO
    const found = isMarked ? markedCount(at, words) : intersectionCount(query, <i32>queryCount, at, <i32>words)
    const last = load<i32>(at + (<usize>words << 2) - 4)
    if (moved(before)) continue
    count += found
    from += words
    if (from < to) query = firstAbove(query, queryEnd, last)
  }
  return count
}

/** Loads the lines of rows that are resident: of all at once what the processor has to fetch. */
function touchRows(ords: usize, count: usize): void {
  let sum: u32 = 0
  for (let i: usize = 0; i < count; i++) {
    const ord = load<u32>(ords + (i << 2))
    const before = evictions()
    const starts = <usize>load<u32>(startTable + (<usize>(ord >> WORD_SHIFT) << 2))
    if (!starts) continue
    const from = load<u32>(starts + (<usize>(ord & WORD_MASK) << 2))
    if (moved(before)) continue
    const rows = <usize>load<u32>(rowTable + (<usize>(from >> WORD_SHIFT) << 2))
    if (!rows) continue
    const at = <usize>(from & WORD_MASK) << 2
    const end = min<usize>(at + TOUCHED_BYTES, 4 << WORD_SHIFT)
    for (let line = at; line < end; line += 64) sum += load<u8>(rows + line)
  }
  keepLoads(sum)
}

export function compare(query: usize, queryCount: i32, ords: usize, count: i32, out: usize): void {
  const queryEnd = query + (<usize>queryCount << 2)
  for (let i: usize = 0; i < <usize>count; i++) {
    if (!(i & (GROUP - 1))) touchRows(ords + (i << 2), min<usize>(GROUP, <usize>count - i))
    const ord = load<u32>(ords + (i << 2))
    const from = startOf(ord)
    const to = startOf(ord + 1)
    store<i32>(out + (i << 3), common(query, queryEnd, from, to))
    store<u32>(out + (i << 3), to - from, 4)
  }
}
