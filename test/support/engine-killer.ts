/** Kills the engine's victim again and again at random moments and counts what was lost. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env, execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { mix } from './engine-workload.ts'

const victim = fileURLToPath(new URL('../crash/engine-victim.ts', import.meta.url))

export type KillOptions = {
  readonly seed: number
  readonly killCount: number
  /** Ends earlier, after the kill that is under way, but not before `killsMin`. */
  readonly untilMs?: number
  readonly killsMin?: number
  readonly onKill?: (done: number, operations: number) => void
}

export type KillReport = {
  readonly seed: number
  readonly kills: number
  /** Kills before the victim had opened its store. */
  readonly killsWhileOpening: number
  readonly operations: number
  readonly requestsAcknowledged: number
  /** Empty when nothing was lost, torn or damaged. */
  readonly findings: readonly string[]
}

type Life = {
  readonly opened: number | null
  readonly acked: number
  readonly ackCount: number
  readonly exitCode: number | null
  readonly errors: string
}

/** Requests that a life acknowledges at most, and the milliseconds after the last: by answers, so that a slow machine does as much. */
const answersMax = 30
const afterMsMax = 20
/** Of a life that is to end while it opens. */
const openingMsMax = 400

/**
 * One folder, `killCount` lives. What a life acknowledged, the next must have; each checks its contents when it opens.
 *
 * Cost   about 0.3 s a kill, most of it starting Node.
 */
export async function killEngine(options: KillOptions): Promise<KillReport> {
  const { seed, killCount, untilMs = Infinity, killsMin = 0 } = options
  const folder = await mkdtemp(join(tmpdir(), 'leveret-kill-'))
  const place = { data: join(folder, 'data'), codeCache: join(folder, 'code'), seed }
  const findings: string[] = []
  let acked = 0
  let requestsAcknowledged = 0
  let killsWhileOpening = 0
  let kills = 0
  const judge = (life: Life): void => {
    const where = `seed=${seed} kill=${kills}`
    if (life.exitCode !== null && life.exitCode !== 0)
      findings.push(`${where}: exit code ${life.exitCode}: ${life.errors}`)
    if (life.opened !== null && life.opened < acked)
      findings.push(`${where}: ${life.opened} operations there, ${acked} acknowledged`)
    acked = Math.max(acked, life.acked)
    requestsAcknowledged += life.ackCount
  }
  try {
    // Leaves in good order, which fills the cache of compiled code: half the start of every later life.
    judge(await live(place, 'check', null))
    const goesOn = (): boolean => kills < killsMin || performance.now() < untilMs
    while (kills < killCount && goesOn() && findings.length === 0) {
      const bits = mix(seed, 1_000_000 + kills)
      // One of eight is killed at any moment since its start, most of them before they have opened.
      const whileOpening = bits % 8 === 0
      const answers = (bits >>> 3) % answersMax
      const afterMs = (bits >>> 8) % (whileOpening ? openingMsMax : afterMsMax)
      const life = await live(place, 'work', { whileOpening, answers, afterMs })
      if (life.opened === null) killsWhileOpening += 1
      kills += 1
      judge(life)
      options.onKill?.(kills, acked)
    }
    judge(await live(place, 'check', null))
    return { seed, kills, killsWhileOpening, operations: acked, requestsAcknowledged, findings }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The moment: `afterMs` after the start, or after so many answers. */
type Death = {
  readonly whileOpening: boolean
  readonly answers: number
  readonly afterMs: number
}
type Place = { readonly data: string; readonly codeCache: string; readonly seed: number }

function live(
  { data, codeCache, seed }: Place,
  mode: 'work' | 'check',
  death: Death | null
): Promise<Life> {
  return new Promise((resolve, reject) => {
    const child = spawn(execPath, [victim, data, `${seed}`, mode], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, NODE_COMPILE_CACHE: codeCache }
    })
    let opened: number | null = null
    let acked = 0
    let ackCount = 0
    let errors = ''
    let rest = ''
    const kill = (): void => {
      setTimeout(() => child.kill('SIGKILL'), death?.afterMs)
    }
    const killAfter = (answers: number): void => {
      if (death?.whileOpening === false && answers === death.answers) kill()
    }
    if (death?.whileOpening === true) kill()
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const [word, number] = line.split(' ')
        if (word === 'open') {
          opened = Number(number)
          killAfter(0)
        } else if (word === 'ack') {
          acked = Number(number)
          ackCount += 1
          killAfter(ackCount)
        }
      }
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text
    })
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ opened, acked, ackCount, exitCode, errors }))
  })
}
