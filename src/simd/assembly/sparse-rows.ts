/**
 * What a set has in common with rows of indices in pages. Types, shapes and meanings: ../sparse-rows.ts; pages:
 * src/vector/sparse/sparse-format.ts.
 */
import { evictions, frame, keepLoads, moved } from './frames'
import { bindStarts, residentStarts, startOf, startsAt, WORD_MASK, WORD_SHIFT } from './row-starts'
import { countOf } from './set-orders'
import { intersectionCount } from './sets'
export { loadedSum } from './frames'
export {
  bindQuery,
  finiteOrders,
  keepOrders,
  offerOrders,
  refuseOrders,
  rowOrders,
  setOrders,
  startBest
} from './set-orders'

let rowTable: usize = 0
let rowTableId: u32 = 0
/** Log2 of the bytes of an index in rows: 1 or 2. */
let indexShift: usize = 2
/** Of the indices of a page: pages have 1 << 14 bytes. */
let indexPageShift: u32 = 12
let indexPageMask: u32 = 4095
/** A bit for each index, set where the query has it; 0: the query is not marked. */
let marks: usize = 0
/** One less than the bits, which are a power of two: what is read from a stale frame leads nowhere else. */
let markMask: u32 = 0

/** Rows that are read ahead at once. */
const GROUP: usize = 64
/** Of a row; behind it the processor has seen where the loads go. */
const TOUCHED_INDICES: usize = 128
const PAGE_BYTES: usize = 16384
/** From this ratio of lengths on, the members of a query are looked for in a row instead. */
const SEARCH_RATIO: u32 = 32

export function bind(starts: usize, startsId: u32, rows: usize, rowsId: u32, shift: usize): void {
  bindStarts(starts, startsId)
  rowTable = rows
  rowTableId = rowsId
  indexShift = shift
  indexPageShift = 14 - <u32>shift
  indexPageMask = (1 << indexPageShift) - 1
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

/** Indices of type T that are marked. */
@inline
function markedOf<T>(at: usize, count: u32): i32 {
  const size = sizeof<T>()
  const end = at + <usize>count * size
  let a = 0
  let b = 0
  for (; at + 4 * size <= end; at += 4 * size) {
    a += markOf(load<T>(at)) + markOf(load<T>(at + size))
    b += markOf(load<T>(at + 2 * size)) + markOf(load<T>(at + 3 * size))
  }
  for (; at < end; at += size) a += markOf(load<T>(at))
  return a + b
}

/** Indices of four bytes that are marked. */
function markedCount(at: usize, count: u32): i32 {
  return markedOf<u32>(at, count)
}

/** Those of two bytes: the query is marked always. */
function markedCountOfShort(at: usize, count: u32): i32 {
  return markedOf<u16>(at, count)
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
    const page = from >> indexPageShift
    const words = min<u32>(to - from, indexPageMask + 1 - (from & indexPageMask))
    const before = evictions()
    const at = frame(rowTable, rowTableId, page) + (<usize>(from & indexPageMask) << indexShift)
    if (indexShift == 1) {
      const found = markedCountOfShort(at, words)
      if (moved(before)) continue
      count += found
      from += words
      continue
    }
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
    const starts = residentStarts(ord >> WORD_SHIFT)
    if (!starts) continue
    const from = load<u32>(starts + (<usize>(ord & WORD_MASK) << 2))
    if (moved(before)) continue
    const rows = <usize>load<u32>(rowTable + (<usize>(from >> indexPageShift) << 2))
    if (!rows) continue
    const at = <usize>(from & indexPageMask) << indexShift
    const end = min<usize>(at + (TOUCHED_INDICES << indexShift), PAGE_BYTES)
    for (let line = at; line < end; line += 64) sum += load<u8>(rows + line)
  }
  keepLoads(sum)
}

export function compare(
  query: usize, queryCount: i32, ords: usize, count: i32, commons: usize, lengths: usize
): void {
  const queryEnd = query + (<usize>queryCount << 2)
  for (let i: usize = 0; i < <usize>count; i++) {
    if (!(i & (GROUP - 1))) touchRows(ords + (i << 2), min<usize>(GROUP, <usize>count - i))
    const ord = load<u32>(ords + (i << 2))
    const from = startOf(ord)
    const to = startOf(ord + 1)
    store<i32>(commons + (i << 2), common(query, queryEnd, from, to))
    store<u32>(lengths + (i << 2), to - from)
  }
}

/** Rows on a page of starts, but the last; gives where it stops. */
@inline
function countedOn<T>(
  ords: usize, from: usize, to: usize, starts: usize, counts: usize, commons: usize, lengths: usize
): usize {
  const page = load<u32>(ords + from) >> WORD_SHIFT
  let i = from
  for (; i < to; i += 4) {
    const ord = load<u32>(ords + i)
    const word = ord & WORD_MASK
    if (ord >> WORD_SHIFT != page || word == WORD_MASK) break
    const start = starts + (<usize>word << 2)
    store<u32>(commons + i, <u32>load<T>(counts + (<usize>ord << alignof<T>())))
    store<u32>(lengths + i, load<u32>(start, 4) - load<u32>(start))
  }
  return i
}

export function counted(
  ords: usize, count: i32, counts: usize, shift: usize, commons: usize, lengths: usize
): void {
  const end = <usize>count << 2
  for (let i: usize = 0; i < end; ) {
    const ord = load<u32>(ords + i)
    const before = evictions()
    const starts = startsAt(ord >> WORD_SHIFT)
    const to = shift == 0 ? countedOn<u8>(ords, i, end, starts, counts, commons, lengths)
      : shift == 1 ? countedOn<u16>(ords, i, end, starts, counts, commons, lengths)
      : countedOn<u32>(ords, i, end, starts, counts, commons, lengths)
    if (moved(before)) continue
    if (to != i) {
      i = to
      continue
    }
    // It ends on the next page.
    store<u32>(commons + i, countOf(counts, ord, shift))
    store<u32>(lengths + i, startOf(ord + 1) - startOf(ord))
    i += 4
  }
}
