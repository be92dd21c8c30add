/**
 * Seeded sets that resemble embeddings: a mixture of Gaussians in a latent space of `rank` dimensions whose scales fall
 * by a power law, mapped to `dims` dimensions, with noise. s128 (rank 40, 200 clusters) is about as hard as SIFT.
 *
 * x = B z + noise e,  z = c_k + s_k (lambda * g)
 */
export type GeneratedSet = {
  readonly rows: number
  readonly dims: number
  readonly queryCount: number
  /** Row by row. */
  readonly base: Float32Array
  readonly queries: Float32Array
}

export type GeneratedShape = {
  readonly rows: number
  readonly dims: number
  readonly queryCount: number
  readonly rank: number
  readonly clusters: number
  readonly noise: number
  readonly seed: number
  readonly normalised: boolean
}

/** The shapes that the benches name. */
export const generatedShapes: Readonly<Record<string, GeneratedShape>> = {
  s128: {
    rows: 100_000,
    dims: 128,
    queryCount: 1_000,
    rank: 40,
    clusters: 200,
    noise: 0.3,
    seed: 1,
    normalised: false
  },
  s768: {
    rows: 100_000,
    dims: 768,
    queryCount: 1_000,
    rank: 64,
    clusters: 400,
    noise: 0.3,
    seed: 2,
    normalised: true
  },
  s128_1m: {
    rows: 1_000_000,
    dims: 128,
    queryCount: 1_000,
    rank: 40,
    clusters: 200,
    noise: 0.3,
    seed: 3,
    normalised: false
  }
}

/** Cost: rows * dims * rank multiplications, about 10 s for 100,000 x 768. */
export function generateSet(shape: GeneratedShape): GeneratedSet {
  const source = new Gaussians(shape.seed)
  const mixture = new Mixture(shape, source)
  const base = mixture.draw(shape.rows)
  const queries = mixture.draw(shape.queryCount)
  return { rows: shape.rows, dims: shape.dims, queryCount: shape.queryCount, base, queries }
}

export function rowOf(values: Float32Array, dims: number, row: number): Float32Array {
  return values.subarray(row * dims, (row + 1) * dims)
}

/** xoshiro128**, and Gaussian numbers as sums of two draws from a table of 65,536. */
class Gaussians {
  readonly #state: Uint32Array
  readonly #table = new Float32Array(65_536)

  constructor(seed: number) {
    this.#state = Uint32Array.of(seed >>> 0 || 1, 0x9e3779b9, 0x243f6a88, 0xb7e15162)
    for (let at = 0; at < 100; at++) this.u32()
    for (let at = 0; at < 65_536; at += 2) {
      const radius = Math.sqrt(-2 * Math.log((this.u32() + 1) / 4_294_967_297))
      const angle = (2 * Math.PI * this.u32()) / 4_294_967_296
      this.#table[at] = radius * Math.cos(angle)
      this.#table[at + 1] = radius * Math.sin(angle)
    }
    this.#standardise()
  }

  #standardise(): void {
    const table = this.#table
    const mean = table.reduce((sum, value) => sum + value, 0) / table.length
    let squares = 0
    for (let at = 0; at < table.length; at++) {
      table[at]! -= mean
      squares += table[at]! ** 2
    }
    const deviation = Math.sqrt(squares / table.length)
    for (let at = 0; at < table.length; at++) table[at]! /= deviation
  }

  u32(): number {
    const s = this.#state
    const rotated = rotate(Math.imul(s[1]!, 5), 7)
    const result = Math.imul(rotated, 9) >>> 0
    const shifted = s[1]! << 9
    s[2]! ^= s[0]!
    s[3]! ^= s[1]!
    s[1]! ^= s[2]!
    s[0]! ^= s[3]!
    s[2]! ^= shifted
    s[3] = rotate(s[3]!, 11)
    return result
  }

  unit(): number {
    return this.u32() / 4_294_967_296
  }

  next(): number {
    const draw = this.u32()
    return (this.#table[draw & 65_535]! + this.#table[draw >>> 16]!) * Math.SQRT1_2
  }
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}

class Mixture {
  readonly #shape: GeneratedShape
  readonly #source: Gaussians
  /** dims x rank. */
  readonly #map: Float32Array
  readonly #scales: Float32Array
  /** clusters x rank. */
  readonly #centres: Float32Array
  readonly #spreads: Float32Array
  readonly #shares: Float64Array
  #total = 0

  constructor(shape: GeneratedShape, source: Gaussians) {
    const { dims, rank, clusters } = shape
    this.#shape = shape
    this.#source = source
    this.#map = Float32Array.from({ length: dims * rank }, () => source.next() / Math.sqrt(dims))
    this.#scales = Float32Array.from({ length: rank }, (_, at) => (1 + at) ** -0.25)
    this.#centres = new Float32Array(clusters * rank)
    this.#spreads = new Float32Array(clusters)
    this.#shares = new Float64Array(clusters)
    for (let cluster = 0; cluster < clusters; cluster++) {
      for (let at = 0; at < rank; at++)
        this.#centres[cluster * rank + at] = source.next() * this.#scales[at]! * 0.8
      this.#spreads[cluster] = 0.5 + 0.5 * source.unit()
      this.#total += Math.exp(0.7 * source.next())
      this.#shares[cluster] = this.#total
    }
  }

  draw(count: number): Float32Array {
    const { dims, rank, noise, normalised } = this.#shape
    const source = this.#source
    const values = new Float32Array(count * dims)
    const latent = new Float32Array(rank)
    const noiseScale = noise / Math.sqrt(dims)
    for (let row = 0; row < count; row++) {
      this.#drawLatent(latent)
      let squares = 0
      for (let dim = 0; dim < dims; dim++) {
        let sum = 0
        for (let at = 0; at < rank; at++) sum += this.#map[dim * rank + at]! * latent[at]!
        sum += noiseScale * source.next()
        values[row * dims + dim] = sum
        squares += sum * sum
      }
      if (!normalised) continue
      const factor = 1 / Math.sqrt(squares)
      for (let dim = 0; dim < dims; dim++) values[row * dims + dim]! *= factor
    }
    return values
  }

  #drawLatent(latent: Float32Array): void {
    const wanted = this.#source.unit() * this.#total
    let low = 0
    let high = this.#shares.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#shares[middle]! < wanted) low = middle + 1
      else high = middle
    }
    for (let at = 0; at < latent.length; at++)
      latent[at] =
        this.#centres[low * latent.length + at]! +
        this.#spreads[low]! * this.#scales[at]! * this.#source.next()
  }
}
