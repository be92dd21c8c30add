/**
 * A seeded set that resembles small grey images: 28 x 28 pixels of 0 to 255 of some classes of shapes, smooth, about half of them
 * black, each a variation of its class. As hard for LSH as Fashion-MNIST, about: norms near 3,200, nearest neighbours at
 * about a third of the mean distance.
 *
 * An image is a sum of cosines of low frequencies whose weights fall by a power law; the weights are those of its class, of one
 * of the styles of the class, and its own.
 */
import { JavaRandom } from '../../src/vector/lsh/java-random.ts'

const side = 28
export const imageDims: number = side * side
/** Cosines in each direction. */
const frequencies = 12
const classCount = 10
const stylesPerClass = 20

export type ImageSet = {
  readonly base: readonly Float32Array[]
  readonly queries: readonly Float32Array[]
}

/** Cost: some 15 µs an image. */
export function imageSet(count: number, queryCount: number, seed: number): ImageSet {
  const random = new JavaRandom(seed)
  const classes = Array.from({ length: classCount }, () => weights(random, 0.7))
  const styles = classes.map((of) =>
    Array.from({ length: stylesPerClass }, () => sum(of, weights(random, 0.5)))
  )
  const draw = (): Float32Array => {
    const style = styles[random.nextInt(classCount)]![random.nextInt(stylesPerClass)]!
    return imageOf(sum(style, weights(random, 0.42)), random)
  }
  return {
    base: Array.from({ length: count }, draw),
    queries: Array.from({ length: queryCount }, draw)
  }
}

function weights(random: JavaRandom, scale: number): Float64Array {
  const result = new Float64Array(frequencies * frequencies)
  for (let at = 0; at < result.length; at++) {
    const row = Math.floor(at / frequencies)
    const column = at % frequencies
    // No image is darker than the others on the whole.
    if (at > 0)
      result[at] = (random.nextGaussian() * scale * 150) / (1 + Math.hypot(row, column)) ** 1.3
  }
  return result
}

function sum(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, at) => value + b[at]!)
}

const cosines = Float64Array.from({ length: frequencies * side }, (_, at) =>
  Math.cos((Math.PI * Math.floor(at / side) * ((at % side) + 0.5)) / side)
)

function imageOf(weight: Float64Array, random: JavaRandom): Float32Array {
  const rows = new Float64Array(frequencies * side)
  for (let row = 0; row < frequencies; row++) {
    for (let column = 0; column < frequencies; column++) {
      const value = weight[row * frequencies + column]!
      for (let x = 0; x < side; x++) rows[row * side + x]! += value * cosines[column * side + x]!
    }
  }
  const image = new Float32Array(imageDims)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      let value = 60 + random.nextInt(9) - 4
      for (let row = 0; row < frequencies; row++) {
        value += rows[row * side + x]! * cosines[row * side + y]!
      }
      image[y * side + x] = Math.max(0, Math.min(255, Math.round(value)))
    }
  }
  return image
}
