/** Milliseconds by step, for the recovery report. */
export class Stopwatch {
  readonly stepMs: Record<string, number> = {}
  #lastMs = performance.now()

  /** Ends a step and gives it its name. */
  lap(step: string): void {
    const nowMs = performance.now()
    this.stepMs[step] = Math.round((nowMs - this.#lastMs) * 10) / 10
    this.#lastMs = nowMs
  }
}
