/** The best k of values that come one after another: a heap with the worst on top. */

export class BestValues {
  readonly #k: number
  /** 1: small values are near; -1: large ones are. */
  readonly #sign: number
  readonly #ords: number[] = []
  readonly #orders: number[] = []

  constructor(k: number, smallIsNear: boolean) {
    this.#k = k
    this.#sign = smallIsNear ? 1 : -1
  }

  /** Ordinals ascend, so that one of two equal values stays that came first. */
  offer(ord: number, value: number): void {
    const order = value * this.#sign
    const ords = this.#ords
    const orders = this.#orders
    if (ords.length === this.#k) {
      if (order >= orders[0]!) return
      this.#sink(ord, order)
      return
    }
    let at = ords.push(ord) - 1
    orders.push(order)
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isWorse(order, ord, orders[above]!, ords[above]!)) break
      ords[at] = ords[above]!
      orders[at] = orders[above]!
      at = above
    }
    ords[at] = ord
    orders[at] = order
  }

  #sink(ord: number, order: number): void {
    const ords = this.#ords
    const orders = this.#orders
    let at = 0
    for (let below = 1; below < ords.length; below = 2 * at + 1) {
      const right = below + 1
      if (
        right < ords.length &&
        isWorse(orders[right]!, ords[right]!, orders[below]!, ords[below]!)
      ) {
        below = right
      }
      if (isWorse(order, ord, orders[below]!, ords[below]!)) break
      ords[at] = ords[below]!
      orders[at] = orders[below]!
      at = below
    }
    ords[at] = ord
    orders[at] = order
  }

  /** Best first, ties by ordinal. */
  take(): { readonly ords: Uint32Array; readonly values: Float32Array } {
    const places = this.#ords.map((_, at) => at)
    places.sort((a, b) => this.#orders[a]! - this.#orders[b]! || this.#ords[a]! - this.#ords[b]!)
    return {
      ords: Uint32Array.from(places, (at) => this.#ords[at]!),
      values: Float32Array.from(places, (at) => this.#orders[at]! * this.#sign)
    }
  }
}

function isWorse(order: number, ord: number, thanOrder: number, thanOrd: number): boolean {
  return order > thanOrder || (order === thanOrder && ord > thanOrd)
}
