/** How neighbour lists lie in the pages of an arena; level 0 is stored packed (packed-lists.ts). HNSW paper's names: M = `m`, ef = beam, efConstruction = beam of the build, mL = 1 / ln(m). */
import { align, pageGeometry } from '../geometry.ts'
import type { PageGeometry } from '../geometry.ts'

/** Level 0 while a graph is built: u32 count, u32[2 m] neighbours. */
export function listGeometry(m: number): PageGeometry {
  return pageGeometry(align(4 + 8 * m, 16))
}

/** Upper levels: u32 count, u32[m] neighbours; the records of a node follow one another, level 1 first. */
export function upperGeometry(m: number): PageGeometry {
  return pageGeometry(align(4 + 4 * m, 16))
}

/** M of the format: a list of level 0 must fit a page, and the scratch of walks 1,024 neighbours. */
export const mMax = 512
export const mMin = 2
