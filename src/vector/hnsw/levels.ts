/** Levels of nodes, drawn in advance so that the graph depends on the seed and the order only. */

/** No graph that fits one memory needs more. */
const levelMax = 12

/** Random numbers in 0 .. 1 (0 excluded), the same for the same seed (splitmix32). */
export function randomSource(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    mixed ^= mixed >>> 15
    return ((mixed >>> 0) + 1) / 4_294_967_297
  }
}

/** HNSW paper, section 4: floor(-ln(uniform) * mL) with mL = 1 / ln(m). */
export function drawLevel(random: () => number, m: number): number {
  return Math.min(levelMax, Math.floor(-Math.log(random()) / Math.log(m)))
}
