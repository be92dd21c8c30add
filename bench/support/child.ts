/** Steps of a bench in processes of their own, so that memory and time are those of a fresh process. */
import { execFileSync } from 'node:child_process'

/**
 * Runs a bench file with `--step` and gives the JSON of its last line.
 *
 * @param flags   Passed on as `--name value`.
 */
export function runStep(
  file: string,
  step: string,
  flags: Readonly<Record<string, string>>
): unknown {
  const passed = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])
  const text = execFileSync(process.execPath, [file, '--step', step, ...passed], {
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26
  }).toString()
  const line = text.trim().split('\n').at(-1) ?? ''
  return JSON.parse(line)
}

/** The last line of a step. */
export function answerStep(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}
