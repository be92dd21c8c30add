import test from 'ava'
import { LoopTurns, turnWorkMs } from '../../../src/util/index.ts'
import type { LoopSlice } from '../../../src/util/index.ts'

/** A loop whose clock moves only when somebody works. */
class Loop {
  nowMs = 0
  readonly #queue: (() => void)[] = []
  readonly turns = new LoopTurns(
    () => this.nowMs,
    (run) => void this.#queue.push(run)
  )

  /** One turn, in which others are at work first; what waits afterwards is for the next one. Result: milliseconds of work in it. */
  async turn(othersMs: number = 0): Promise<number> {
    const startMs = this.nowMs
    this.nowMs += othersMs
    for (const run of this.#queue.splice(0)) {
      run()
      await new Promise((done) => void setImmediate(done))
    }
    return this.nowMs - startMs
  }
}

/** Work of `units`, each of `unitMs`, as flushes and merges do it. */
async function work(loop: Loop, unitMs: number, done: { units: number }): Promise<void> {
  const slice: LoopSlice = loop.turns.slice()
  for (;;) {
    loop.nowMs += unitMs
    done.units += 1
    if (slice.due()) await slice.wait()
  }
}

test('loopSlice: all who work in a turn share its budget, and nobody is left out', async (t) => {
  for (const workers of [1, 2, 3, 5, 20]) {
    const loop = new Loop()
    const done = Array.from({ length: workers }, () => ({ units: 0 }))
    for (const each of done) void work(loop, 0.25, each)
    for (let at = 0; at < 100; at++) {
      const ms = await loop.turn()
      // The last of a turn begins within its budget and has its least.
      if (at > 0) t.true(ms <= turnWorkMs + 0.25, `${workers} at work: a turn took ${ms} ms`)
    }
    const least = (0.9 * 100 * turnWorkMs) / 0.25 / workers
    for (const { units } of done) t.true(units >= least, `${units} units in 100 turns`)
  }
})

test('loopSlice: work that is slower than thought ends its slice after the unit', async (t) => {
  const loop = new Loop()
  void work(loop, 7, { units: 0 })
  await loop.turn()
  t.is(await loop.turn(), 7)
})

test('loopSlice: what others do for long in a turn is taken from its budget, but for a little', async (t) => {
  for (const [othersMs, wantedMs] of [
    [1, 3.5],
    [2.5, 5],
    [4, 5],
    [8, 8.5]
  ] as const) {
    const loop = new Loop()
    const done = { units: 0 }
    void work(loop, 0.25, done)
    for (let at = 0; at < 20; at++) {
      const ms = await loop.turn(othersMs)
      if (at > 0) t.is(ms, wantedMs, `others took ${othersMs} ms`)
    }
    t.true(done.units >= 19 * ((wantedMs - othersMs) / 0.25), `${done.units} units`)
  }
})

test('loopSlice: what is begun behind work that was woken is of the same turn', async (t) => {
  const loop = new Loop()
  /** One request after the other, as a client sends them: the next begins where one ends that did not look at the clock. */
  const client = async (): Promise<void> => {
    for (;;) {
      await loop.turns.slice().wait()
      loop.nowMs += turnWorkMs
      const next: LoopSlice = loop.turns.slice()
      for (let unit = 0; unit < 10; unit++) {
        if (next.due()) await next.wait()
        loop.nowMs += 0.25
      }
    }
  }
  void client()
  for (let at = 0; at < 100; at++) {
    const ms = await loop.turn()
    if (at > 0) t.true(ms <= turnWorkMs + 0.25, `turn ${at} took ${ms} ms`)
  }
})
