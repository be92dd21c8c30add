/**
 * What a set has in common with rows of indices in pages. Types, shapes and meanings: ../sparse-rows.ts; pages:
 * src/vector/sparse/sparse-format.ts.
 */
import { evictions, moved } from './frames'
import { touch } from './lanes'
import { intersectionCount } from './sets'

// @ts-ignore: decorator
@external("env", "fault")
declare function fault(table: u32, page: u32): u32

/** Words of a page: 1 << 12 of four bytes. */
const WORD_SHIFT: u32 = 12
const WORD_MASK: u32 = 4095

let startTable: usize = 0
let startTableId: u32 = 0
let rowTable: usize = 0
let rowTableId: u32 = 0

export function bind(starts: usize, startsId: u32, rows: usize, rowsId: u32): void {
  startTable = starts
  startTableId = startsId
  rowTable = rows
  rowTableId = rowsId
}

// @ts-ignore: decorator
@inline
function frame(at: usize, id: u32, page: u32): usize {
  let found = <usize>load<u32>(at + (<usize>page << 2))
  if (!found) found = <usize>fault(id, page)
  touch(found)
  return found
}

// @ts-ignore: decorator
@inline
function startOf(ord: u32): u32 {
  return load<u32>(frame(startTable, startTableId, ord >> WORD_SHIFT) + (<usize>(ord & WORD_MASK) << 2))
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
    const found = intersectionCount(query, <i32>((queryEnd - query) >> 2), at, <i32>words)
    const last = load<i32>(at + (<usize>words << 2) - 4)
    if (moved(before)) continue
    count += found
    from += words
    if (from < to) query = firstAbove(query, queryEnd, last)
  }
  return count
}

export function compare(query: usize, queryCount: i32, ords: usize, count: i32, out: usize): void {
  const queryEnd = query + (<usize>queryCount << 2)
  for (let i: usize = 0; i < <usize>count; i++) {
    const ord = load<u32>(ords + (i << 2))
    const from = startOf(ord)
    const to = startOf(ord + 1)
    store<i32>(out + (i << 3), common(query, queryEnd, from, to))
    store<u32>(out + (i << 3), to - from, 4)
  }
}
