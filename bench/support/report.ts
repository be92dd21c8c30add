/** A run as files: Markdown with its tables, an SVG for each set of curves. Printed lines are the same figures. */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Clock, Measured } from './curve.ts'
import { curvePoints, usAt } from './curve.ts'
import { machineLine } from './machine.ts'
import { plotRecall } from './svg-plot.ts'

/** Collects what is printed and drawn; writes it when a folder was given. */
export class Report {
  readonly #folder: string
  readonly #parts: string[]

  /** @param folder   Empty: lines are printed and nothing is written. */
  constructor(folder: string, title: string) {
    this.#folder = folder
    this.#parts = [`# ${title}`, machineLine(), `\`node ${process.argv.slice(1).join(' ')}\``]
    process.stdout.write(`${machineLine()}\n`)
  }

  heading(text: string): void {
    process.stdout.write(`\n${text}\n`)
    this.#parts.push(`## ${text}`)
  }

  line(text: string): void {
    process.stdout.write(`${text}\n`)
    this.#parts.push(text)
  }

  /** A table of rates at three recalls, and the drawing. */
  curves(name: string, measured: readonly Measured[], clock: Clock): void {
    const targets = [0.9, 0.95, 0.99]
    const rows = measured.map((one) => {
      const cells = targets.map((target) => {
        const us = usAt(one, target, clock)
        return us === null ? 'not reached' : us.toFixed(0)
      })
      return `| ${[one.name, ...cells, String(one.checksum)].join(' | ')} |`
    })
    const head = ['µs a query at recall@10 of', ...targets.map(String), 'checksum']
    const rule = head.map(() => '---')
    const file = `${name.replaceAll(/[^\w.-]+/g, '-')}.svg`
    this.#parts.push(
      [`| ${head.join(' | ')} |`, `| ${rule.join(' | ')} |`, ...rows].join('\n'),
      `![Recall against time, ${name}](${file})`
    )
    if (this.#folder === '') return
    const series = measured.map((one) => ({ name: one.name, points: curvePoints(one, clock) }))
    mkdirSync(this.#folder, { recursive: true })
    writeFileSync(path.join(this.#folder, file), plotRecall(name, series))
  }

  write(): void {
    if (this.#folder === '') return
    mkdirSync(this.#folder, { recursive: true })
    const file = path.join(this.#folder, 'report.md')
    writeFileSync(file, `${this.#parts.join('\n\n')}\n`)
    process.stdout.write(`report ${file}\n`)
  }
}
