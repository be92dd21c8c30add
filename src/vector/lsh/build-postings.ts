/** Hash postings of the rows of an index: merged from those that are known, or hashed anew. */
import type { Slices } from '../slices.ts'
import type { PostingEntries, RowPostings } from '../hash-postings.ts'
import type { PageSink, VectorRows } from '../types.ts'
import type { HashSpec } from '../types.ts'
import { HashPostingsWriter } from './postings-writer.ts'
import { GrowingHashPostings } from './growing-postings.ts'
import type { HashPostingsMeta, PostingPageCounts } from './postings-format.ts'

type Source = {
  readonly entries: PostingEntries
  readonly rowOfOrd: Int32Array
  hasEnded: boolean
}

type Written = { readonly meta: HashPostingsMeta; readonly pageCounts: PostingPageCounts }

/**
 * Writes the hash postings of rows: merged where the postings are known, else all rows are hashed.
 *
 * Cost   merged: some 10 ns a posting; hashed: HashModel.hash a row. In slices.
 */
export async function buildHashPostings(
  spec: HashSpec,
  rows: VectorRows,
  sink: PageSink,
  pause: Slices
): Promise<Written> {
  return mergePostings(
    spec,
    rows.count,
    rows.postings ?? [await hashRows(spec, rows, pause)],
    sink,
    pause
  )
}

async function hashRows(spec: HashSpec, rows: VectorRows, pause: Slices): Promise<RowPostings> {
  const growing = new GrowingHashPostings(spec)
  const rowOfOrd = new Int32Array(rows.count)
  for (let row = 0; row < rows.count; row++) {
    growing.add(row, rows.row(row))
    rowOfOrd[row] = row
    if (pause.due()) await pause.wait()
  }
  return { entries: () => growing.entries(rows.count), rowOfOrd }
}

/**
 * Merges the postings of sources into pages; equal to what hashing all rows would give.
 *
 * Cost   some 10 ns a posting, in slices.
 */
async function mergePostings(
  spec: HashSpec,
  count: number,
  postings: readonly RowPostings[],
  sink: PageSink,
  pause: Slices
): Promise<Written> {
  const writer = new HashPostingsWriter(spec, count, sink)
  let open: Source[] = postings
    .map(({ entries, rowOfOrd }) => ({ entries: entries(), rowOfOrd, hasEnded: false }))
    .filter(({ entries }) => entries.next())
  for (let term = 0; open.length > 0; term++) {
    const { low, high } = leastOf(open)
    for (const source of open) {
      const { entries, rowOfOrd } = source
      if (entries.high !== high || entries.low !== low) continue
      entries.visit((ord, frequency) => {
        const row = rowOfOrd[ord]!
        if (row >= 0) writer.add(row, frequency)
      })
      source.hasEnded = !entries.next()
    }
    writer.endTerm(low, high)
    if (open.some(({ hasEnded }) => hasEnded)) open = open.filter(({ hasEnded }) => !hasEnded)
    if (writer.hasFullPages) await writer.flush()
    if (term % 64 === 0 && pause.due()) await pause.wait()
  }
  return writer.finish()
}

function leastOf(sources: readonly Source[]): { readonly low: number; readonly high: number } {
  let { low, high } = sources[0]!.entries
  for (const { entries } of sources) {
    if (entries.high > high || (entries.high === high && entries.low >= low)) continue
    low = entries.low
    high = entries.high
  }
  return { low, high }
}
