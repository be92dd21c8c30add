import type { WriteItem } from '../node/index.ts'

/** One thing to write, with the position behind it. */
export type Step = { readonly item: WriteItem; readonly position: Position }

/** Where in a file an import is: bytes behind the last line, and lines or rows done. */
export type Position = { readonly offset: number; readonly count: number }
