import { setTimeout as delay } from 'node:timers/promises'

/** What takes milliseconds takes seconds on a machine with other work; what never comes is told before the test's own limit. */
const limitMs = 60_000
const pauseMs = 2

/** Waits until something holds. By the clock and not by tries: a try may take no time, or long. */
export async function until(what: string, holds: () => unknown): Promise<void> {
  const endMs = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`waited ${limitMs} ms in vain until ${what}`)
    await delay(pauseMs)
  }
}
