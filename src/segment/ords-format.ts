/**
 * Which document a vector belongs to and back, format 1: pages of kind `ords`, per field, each u32[4096] but the last.
 *
 *   docs    by ord: docId                                         ordCount words
 *   ords    form 'table': by docId: ord, 0xffffffff without one   docCount words
 *           form 'sorted': ords in the order of their docIds      ordCount words
 *           form 'same': nothing, ords are in the order of docIds already
 * A flush may renumber the vectors of a graph, so neither follows from the other. The table is taken where at least half of the
 * documents have a vector; else the search by halves through `docs` reads a few words more and saves the room.
 */
export const wordsPerOrdsPage = 4096
export const noOrd = 0xffffffff

export type OrdsInfo = {
  readonly ordCount: number
  readonly form: 'table' | 'sorted' | 'same'
  readonly byteCount: number
}
