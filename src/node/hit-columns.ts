/**
 * Hits of a long page, kept column by column. As objects, ten thousand of them are some megabytes that stay until they are
 * printed, and every collection of young objects meanwhile copies them: up to 20 ms in one turn of the event loop.
 */
import { assert, MadeList } from '../util/index.ts'
import type { NodeHit } from './types.ts'

export class HitColumns {
  #count = 0
  readonly #index = new Column<string>()
  readonly #ids: string[] = []
  readonly #routing = new Column<string | null>()
  readonly #scores = new Column<number | null>()
  readonly #source = new Column<Uint8Array | null>()
  readonly #version = new Column<number | null>()
  readonly #seqNo = new Column<number | null>()
  readonly #sort = new NamedValues<unknown>()
  /** A field with several values is named for each. */
  readonly #fields = new NamedValues<unknown>()
  readonly #matched = new NamedValues<number>()

  add(hit: NodeHit): void {
    this.#count += 1
    this.#index.push(hit.index)
    this.#ids.push(hit.id)
    this.#routing.push(hit.routing)
    this.#scores.push(hit.score)
    this.#source.push(hit.source)
    this.#version.push(hit.version)
    this.#seqNo.push(hit.seqNo)
    this.#sort.push(hit.sort === null ? null : hit.sort.map((value) => ['', value]))
    this.#fields.push(hit.fields === null ? null : valuesOf(hit.fields))
    this.#matched.push(hit.matched.map(({ name, score }) => [name, score]))
  }

  /** The hits in the order in which they came, made anew when they are asked for. No others may come. */
  list(): MadeList<NodeHit> {
    return new MadeList(this.#count, (at) => this.#hitAt(at))
  }

  #hitAt(at: number): NodeHit {
    const fields = this.#fields.at(at)
    return {
      index: this.#index.at(at),
      id: this.#ids[at]!,
      routing: this.#routing.at(at),
      score: this.#scores.at(at),
      sort: this.#sort.at(at)?.map(([, value]) => value) ?? null,
      source: this.#source.at(at),
      fields: fields === null ? null : fieldsOf(fields),
      matched: this.#matched.at(at)?.map(([name, score]) => ({ name, score })) ?? [],
      version: this.#version.at(at),
      seqNo: this.#seqNo.at(at)
    }
  }
}

/** Each value with the name of its field. */
function valuesOf(fields: ReadonlyMap<string, readonly unknown[]>): (readonly [string, unknown])[] {
  const named: (readonly [string, unknown])[] = []
  for (const [name, values] of fields) {
    assert(values.length > 0, 'a field that is shown has a value')
    for (const value of values) named.push([name, value])
  }
  return named
}

function fieldsOf(named: readonly (readonly [string, unknown])[]): Map<string, unknown[]> {
  const fields = new Map<string, unknown[]>()
  for (const [name, value] of named) {
    const values = fields.get(name)
    if (values === undefined) fields.set(name, [value])
    else values.push(value)
  }
  return fields
}

/** One value a hit; kept once while all have the same. */
class Column<T> {
  #count = 0
  readonly #first: T[] = []
  #values: T[] | null = null

  push(value: T): void {
    if (this.#count === 0) this.#first.push(value)
    else if (this.#values === null && !Object.is(value, this.#first[0]))
      this.#values = Array.from({ length: this.#count }, () => this.#first[0]!)
    this.#values?.push(value)
    this.#count += 1
  }

  at(at: number): T {
    return this.#values === null ? this.#first[0]! : this.#values[at]!
  }
}

/** Some values with names a hit: names that are those of the hit before are kept once, values one behind the other. */
class NamedValues<T> {
  readonly #names = new Column<readonly string[] | null>()
  readonly #values: T[] = []
  /** Place of each hit's first value. */
  readonly #starts: number[] = []
  #last: readonly string[] | null = null

  /** @param named  null: it has none of them. */
  push(named: readonly (readonly [string, T])[] | null): void {
    this.#starts.push(this.#values.length)
    if (named === null) {
      this.#names.push(null)
      return
    }
    const last = this.#last
    const isSame =
      last !== null &&
      last.length === named.length &&
      named.every(([name], position) => name === last[position])
    if (!isSame) this.#last = named.map(([name]) => name)
    this.#names.push(this.#last)
    for (const [, value] of named) this.#values.push(value)
  }

  at(at: number): (readonly [string, T])[] | null {
    const start = this.#starts[at]!
    return (
      this.#names.at(at)?.map((name, position) => [name, this.#values[start + position]!]) ?? null
    )
  }
}
