/** Asks a system that a process of its own has open (searcher-process.ts). */
import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Asked, Sample } from './curve.ts'
import type { Memory, Opened, Question, Reply, SearcherOptions } from './searcher-process.ts'

export class Searcher implements Asked {
  readonly efforts: readonly number[]
  readonly firstAnswerMs: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, { efforts, firstAnswerMs }: Opened) {
    this.#child = child
    this.efforts = efforts
    this.firstAnswerMs = firstAnswerMs
  }

  /** Starts the process and waits for its first answer. */
  static async start(options: Omit<SearcherOptions, 'startedMs'>): Promise<Searcher> {
    const file = path.join(import.meta.dirname, 'searcher-process.ts')
    const child = fork(file, [JSON.stringify({ ...options, startedMs: Date.now() })])
    return new Searcher(child, (await replyOf(child)) as Opened)
  }

  ask(effort: number): Promise<Sample> {
    return this.#reply({ effort }) as Promise<Sample>
  }

  memory(): Promise<Memory> {
    return this.#reply('memory') as Promise<Memory>
  }

  async end(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.send('end')
    await exited
  }

  #reply(question: Question): Promise<Reply> {
    const reply = replyOf(this.#child)
    this.#child.send(question)
    return reply
  }
}

async function replyOf(child: ChildProcess): Promise<Reply> {
  const done = new AbortController()
  const ended = once(child, 'exit', { signal: done.signal }).then(([code]) => {
    throw new Error(`the searching process ended with ${code}`)
  })
  try {
    const [reply] = await Promise.race([once(child, 'message', { signal: done.signal }), ended])
    return reply as Reply
  } finally {
    done.abort()
    ended.catch(() => undefined) // told already, or no longer waited for
  }
}
