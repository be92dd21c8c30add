/** True indices as terms: common terms are then the very intersection. */
import type { HashModel, TrueIndices } from './hash-model.ts'
import type { HashTerms } from './hash-terms.ts'

export function trueIndices(): HashModel<TrueIndices> {
  return { sizeInBytes: 0, hash, hashQuery: (vector, _probes, terms) => hash(vector, terms) }
}

function hash(vector: TrueIndices, terms: HashTerms): void {
  terms.clear()
  for (const index of vector) {
    terms.number(index)
    terms.end(1)
  }
}
