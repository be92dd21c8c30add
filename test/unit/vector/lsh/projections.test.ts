/** Hashes by approximate inner products are those of the exact ones, bit for bit. */
import test from 'ava'
import { HashTerms } from '../../../../src/vector/lsh/hash-terms.ts'
import { JavaRandom } from '../../../../src/vector/lsh/java-random.ts'
import { denseHashModel } from '../../../../src/vector/lsh/model-cache.ts'
import { Projections } from '../../../../src/vector/lsh/projections.ts'
import { readTerms } from '../../../support/posting-map.ts'
import { uniformOf } from '../../../support/vector-sets.ts'

const seed = 20_261_121

/** Vectors of all sizes: whole numbers, decimals, next to nothing, next to infinity, zeros, one large element. */
function vectorsOf(dims: number): Float32Array[] {
  const uniform = uniformOf(seed + dims)
  const scales = [1e-44, 1e-30, 1e-3, 1, 255, 4e4, 1e12, 1e37, 3e38]
  const vectors = scales.flatMap((scale) =>
    Array.from({ length: 12 }, () =>
      Float32Array.from({ length: dims }, () => (uniform() * 2 - 1) * scale)
    )
  )
  const whole = Array.from({ length: 30 }, () =>
    Float32Array.from({ length: dims }, () => Math.floor(uniform() * 256))
  )
  const one = new Float32Array(dims)
  one[dims - 1] = 1e6
  return [...vectors, ...whole, new Float32Array(dims), one]
}

for (const dims of [1, 3, 8, 17, 100, 784]) {
  test(`near: products of ${dims} dims lie within their margins, dotAt gives those of of()`, (t) => {
    const projections = new Projections(37, dims, new JavaRandom(3))
    for (const vector of vectorsOf(dims)) {
      const exact = [...projections.of(vector)]
      const { dots, margins } = projections.near(vector)
      for (const [at, dot] of exact.entries()) {
        t.is(projections.dotAt(at), dot)
        const isWithin = Math.abs(dots[at]! - dot) <= margins[at]! || margins[at] === Infinity
        t.true(isWithin, `${dots[at]} +- ${margins[at]} is ${dot}`)
      }
    }
  })

  test(`stableDistributions: ${dims} dims fall into the buckets of exact products`, (t) => {
    for (const width of [1, 4, 3900]) {
      const shape = { dims, tables: 20, functions: 3, width }
      const model = denseHashModel({ model: 'stableDistributions', ...shape })
      const terms = new HashTerms()
      for (const vector of vectorsOf(dims)) {
        model.hash(vector, terms)
        const hashed = readTerms(terms)
        // With a probe the places themselves are wanted, so the products are exact.
        model.hashQuery(vector, 1, terms)
        t.deepEqual(hashed, readTerms(terms).slice(0, shape.tables))
      }
    }
  })

  test(`randomProjection: ${dims} dims lie on the sides of exact products`, (t) => {
    const shape = { dims, tables: 25, functions: 1 }
    const model = denseHashModel({ model: 'randomProjection', ...shape })
    const planes = new Projections(25, dims, new JavaRandom(0))
    const terms = new HashTerms()
    for (const vector of vectorsOf(dims)) {
      model.hash(vector, terms)
      const sides = Array.from(planes.of(vector), (height) => Number(height > 0))
      t.deepEqual(
        readTerms(terms).map(([term]) => term.charCodeAt(1)),
        sides
      )
    }
  })
}
