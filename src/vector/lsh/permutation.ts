/** Permutation: vectors are near when the same components are their largest. */
import { assert } from '../../util/index.ts'
import type { HashModel } from './hash-model.ts'
import type { HashTerms } from './hash-terms.ts'

/** A key is the magnitude's float32 bits and the index turned around: the larger key is the larger, then the earlier. */
const indexSpan = 2 ** 22

/**
 * The `functions` components with the largest magnitudes, as terms: 1-based, negative where the component is.
 *
 * Source   Amato et al., Large-Scale Image Retrieval with Elasticsearch (SIGIR 2018), as Elastiknn has it.
 * Shapes   Terms, the largest component first, ties by index. Frequency 1 or, when repeating, functions - rank: equal
 *          magnitudes share a rank, and the next magnitude's rank is the number of components before it.
 * Cost     hash: one pass with a heap of `functions` keys; nothing allocated but a view.
 */
export function permutation(
  dims: number,
  functions: number,
  repeating: boolean
): HashModel<Float32Array> {
  assert(dims < indexSpan, 'dims < 2^22')
  const count = Math.min(functions, dims)
  const top = new Float64Array(count)
  const magnitudes = new Float32Array(dims)
  const bits = new Uint32Array(magnitudes.buffer)

  function hash(vector: Float32Array, terms: HashTerms): void {
    assert(vector.length === dims, 'vector length = dims of the model')
    for (let at = 0; at < dims; at++) magnitudes[at] = Math.abs(vector[at]!)
    keepLargest(bits, top)
    top.sort()
    terms.clear()
    let rank = 0
    for (let place = 0; place < count; place++) {
      const index = indexOf(top[count - 1 - place]!)
      const isTie = place > 0 && magnitudes[index] === magnitudes[indexOf(top[count - place]!)]
      if (!isTie) rank = place
      terms.number(vector[index]! >= 0 ? index + 1 : -1 - index)
      terms.end(repeating ? functions - rank : 1)
    }
  }
  return {
    sizeInBytes: top.byteLength + magnitudes.byteLength,
    hash,
    hashQuery: (vector, _probes, terms) => hash(vector, terms)
  }
}

function keyOf(bits: number, index: number): number {
  return bits * indexSpan + (indexSpan - 1 - index)
}

function indexOf(key: number): number {
  return indexSpan - 1 - (key % indexSpan)
}

/** Fills `top` with the largest keys, in the order of a heap with the least on top. */
function keepLargest(bits: Uint32Array, top: Float64Array): void {
  top.fill(-1)
  for (let index = 0; index < bits.length; index++) {
    const key = keyOf(bits[index]!, index)
    if (key <= top[0]!) continue
    let at = 0
    for (let below = 1; below < top.length; below = 2 * at + 1) {
      if (below + 1 < top.length && top[below + 1]! < top[below]!) below++
      if (key <= top[below]!) break
      top[at] = top[below]!
      at = below
    }
    top[at] = key
  }
}
