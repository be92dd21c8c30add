/**
 * Long work in pieces: a generator that yields where the event loop may run. What it yields is nothing, or a promise that it
 * waits for and gets the value of. The same work is done at once by finishAtOnce, or in slices by beginInSlices.
 */
import { assert } from './assert.ts'
import type { LoopSlice } from './loop-slices.ts'

export type Steps<T> = Generator<Promise<unknown> | undefined, T, unknown>

/** All of it, in this turn. It may wait for nothing. */
export function finishAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    assert(step.value === undefined, 'work that is done at once waits for nothing')
  }
}

/**
 * Begins it in this turn, and goes on with it in later ones when it yields: the result, or a promise of it.
 *
 * Errors   those of the work, at once or later.
 */
export function beginInSlices<T>(steps: Steps<T>, slice: LoopSlice): T | Promise<T> {
  const first = steps.next()
  return first.done === true ? first.value : goOn(steps, first.value, slice)
}

async function goOn<T>(
  steps: Steps<T>,
  waitsFor: Promise<unknown> | undefined,
  slice: LoopSlice
): Promise<T> {
  let step = await after(steps, waitsFor, slice)
  while (step.done !== true) step = await after(steps, step.value, slice)
  return step.value
}

/** The next step, when what the last one waits for is there. Its failure is the work's to catch. */
async function after<T>(
  steps: Steps<T>,
  waitsFor: Promise<unknown> | undefined,
  slice: LoopSlice
): Promise<IteratorResult<Promise<unknown> | undefined, T>> {
  if (waitsFor === undefined) {
    await slice.wait()
    return steps.next()
  }
  let value: unknown
  try {
    value = await waitsFor
  } catch (error) {
    slice.restart()
    return steps.throw(error)
  }
  slice.restart()
  return steps.next(value)
}

/**
 * Work that yields without a look at the clock, in slices.
 *
 * Errors   those of the work.
 */
export async function runInSlices<T>(steps: Steps<T>, slice: LoopSlice): Promise<T> {
  let step = steps.next()
  while (step.done !== true) {
    if (slice.due()) await slice.wait()
    step = steps.next()
  }
  return step.value
}

/** Work that yields without a look at the clock, for work that yields where it is time to wait. */
export function* whereDue<T>(steps: Steps<T>, slice: Pick<LoopSlice, 'due'>): Steps<T> {
  let step = steps.next()
  while (step.done !== true) {
    if (slice.due()) yield
    step = steps.next()
  }
  return step.value
}

/** For work that is done in one piece. */
export const neverDue: Pick<LoopSlice, 'due'> = { due: () => false }

/** The value of a promise, for work in steps. Errors: that of the promise. */
export function* valueOf<T>(promise: Promise<T>): Steps<T> {
  return (yield promise) as T
}
