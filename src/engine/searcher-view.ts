import { References } from './references.ts'
import type { Leaf } from './leaf.ts'
import type { Searcher } from './types.ts'
import type { SegmentView } from '../segment/index.ts'

/** One moment of an index: its leaves are pinned until the last release. Shared by all who ask in that moment. */
export class SearcherView implements Searcher {
  readonly segments: readonly SegmentView[]
  readonly maxSeqNo: number
  readonly liveDocCount: number
  readonly #references: References

  constructor(leaves: readonly Leaf[], maxSeqNo: number) {
    for (const leaf of leaves) leaf.references.retain()
    this.segments = leaves.map((leaf) => leaf.view())
    this.maxSeqNo = maxSeqNo
    this.liveDocCount = this.segments.reduce((total, view) => total + view.liveRootCount, 0)
    this.#references = new References(() => {
      for (const leaf of leaves) leaf.references.release()
    })
  }

  retain(): void {
    this.#references.retain()
  }

  release(): void {
    this.#references.release()
  }
}
