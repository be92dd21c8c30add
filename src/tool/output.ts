/** Text for a person: tables, sizes, one line of progress. */

/** Columns padded to their widest cell; numbers to the right. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths: number[] = []
  for (const row of rows)
    for (const [at, cell] of row.entries())
      widths[at] = Math.max(widths[at] ?? 0, String(cell).length)
  return rows
    .map((row) =>
      row
        .map((cell, at) =>
          typeof cell === 'number'
            ? String(cell).padStart(widths[at] ?? 0)
            : cell.padEnd(widths[at] ?? 0)
        )
        .join('  ')
        .trimEnd()
    )
    .join('\n')
}

const units = ['b', 'kb', 'mb', 'gb', 'tb']

export function byteText(bytes: number): string {
  let value = bytes
  let at = 0
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024
    at += 1
  }
  return `${at === 0 ? value : value.toFixed(1)}${units[at]}`
}

export type Progress = { update(doneCount: number): void; end(): void }

/** One line with share, rate and time left, rewritten in place on a terminal, once in a while elsewhere. */
export function progress(
  label: string,
  totalCount: number,
  unit: string,
  stream: NodeJS.WriteStream = process.stderr
): Progress {
  const started = performance.now()
  let printedMs = Number.NEGATIVE_INFINITY
  let doneCount = 0
  let startCount = -1
  const line = (): string => {
    const seconds = (performance.now() - started) / 1_000
    const rate = (doneCount - Math.max(startCount, 0)) / Math.max(seconds, 0.001)
    const left = Math.max(0, (totalCount - doneCount) / rate)
    const speed =
      rate > 0 ? `, ${Math.round(rate).toLocaleString('en')}/s, ${left.toFixed(0)} s left` : ''
    const share = totalCount > 0 ? Math.floor((100 * doneCount) / totalCount) : 100
    return `${label}: ${share}% ${doneCount.toLocaleString('en')} of ${totalCount.toLocaleString('en')} ${unit}${speed}`
  }
  const print = (last: boolean): void => {
    if (stream.isTTY) stream.write(`\r${line()}\u001b[K${last ? '\n' : ''}`)
    else stream.write(`${line()}\n`)
  }
  return {
    update(count) {
      if (startCount < 0) startCount = count
      doneCount = count
      const now = performance.now()
      if (now - printedMs < (stream.isTTY ? 100 : 5_000)) return
      printedMs = now
      print(false)
    },
    end() {
      print(true)
    }
  }
}
