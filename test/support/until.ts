import { setTimeout as delay } from 'node:timers/promises'

/**
 * Two minutes on a quiet machine. A machine with other work comes to its turns less often, so it waits as many turns and longer; what
 * never comes is told before ava's limit of ten minutes without a result.
 */
const triesMax = 50_000
const pauseMs = 2

/** Waits until something holds. By tries with a pause between them, not by the clock, which runs on while this process does not. */
export async function until(what: string, holds: () => unknown): Promise<void> {
  for (let tries = 1; !(await holds()); tries++) {
    if (tries === triesMax) throw new Error(`looked ${triesMax} times in vain until ${what}`)
    await delay(pauseMs)
  }
}
