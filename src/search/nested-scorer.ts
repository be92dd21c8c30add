import { noMoreDocs } from '../segment/index.ts'
import type { BitSet } from '../util/index.ts'
import { previousMember } from './levels.ts'
import { Scorer } from './scorer.ts'

export type NestedScoreMode = 'avg' | 'max' | 'min' | 'sum' | 'none'

/** Holders of matching nested documents; the score is made from those of the children. */
export class NestedScorer extends Scorer {
  override readonly width: number
  readonly #children: Scorer
  readonly #childBits: BitSet
  readonly #holders: BitSet
  readonly #mode: NestedScoreMode
  #doc: number = -1
  #matched: number = 0
  #total: number = 0

  /**
   * @param children   Over the documents of the path; other documents it stops at are passed over.
   * @param holders    Documents of the level above.
   */
  constructor(children: Scorer, childBits: BitSet, holders: BitSet, mode: NestedScoreMode) {
    super()
    this.#children = children
    this.width = children.width
    this.#childBits = childBits
    this.#holders = holders
    this.#mode = mode
  }

  get cost(): number {
    return this.#children.cost
  }

  docId(): number {
    return this.#doc
  }

  next(): number {
    return this.advance(this.#doc + 1)
  }

  advance(target: number): number {
    const first = previousMember(this.#holders, target) + 1
    const children = this.#children
    if (children.docId() < first) children.advance(first)
    this.#matched = 0
    this.#total = 0
    while (this.#matched === 0) {
      if (children.docId() === noMoreDocs) return (this.#doc = noMoreDocs)
      const holder = this.#holders.next(children.docId())
      if (holder === -1) return (this.#doc = noMoreDocs)
      this.#doc = holder
      this.#gather(holder)
    }
    return this.#doc
  }

  #gather(holder: number): void {
    const children = this.#children
    for (let child = children.docId(); child < holder; child = children.next()) {
      if (!this.#childBits.has(child) || !children.matches()) continue
      this.#matched += 1
      if (this.#mode !== 'none') this.#add(children.score())
    }
    if (children.docId() === holder) children.next()
  }

  #add(score: number): void {
    if (this.#matched === 1) this.#total = score
    else if (this.#mode === 'max') this.#total = Math.max(this.#total, score)
    else if (this.#mode === 'min') this.#total = Math.min(this.#total, score)
    else this.#total += score
  }

  score(): number {
    if (this.#mode === 'none') return 0
    return Math.fround(this.#mode === 'avg' ? this.#total / this.#matched : this.#total)
  }
}
