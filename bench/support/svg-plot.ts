/** Recall against time as an SVG of lines and text: nothing to install, sharp at any size, differences readable in git. */
export type PlotSeries = {
  readonly name: string
  /** Recall and microseconds a query, in the order they are joined. */
  readonly points: readonly (readonly [recall: number, us: number])[]
}

const width = 900
const height = 520
const left = 70
const right = 650
const top = 50
const bottom = 460
/** Told apart by people who do not see red and green as two (Okabe and Ito). */
const colours = ['#000000', '#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9']
/** A second round of colours is told apart by its dashes. */
const dashes = ['', '6 3', '2 3']

/** Recall rises, time runs to the right on a logarithmic axis: the nearer to the upper left, the better. */
export function plotRecall(title: string, series: readonly PlotSeries[]): string {
  const shown = series.filter((one) => one.points.length > 0)
  const all = shown.flatMap((one) => one.points)
  const times = all.map(([, us]) => us)
  const leastPower = Math.floor(Math.log10(Math.min(...times, 1e9)))
  const mostPower = Math.max(leastPower + 1, Math.ceil(Math.log10(Math.max(...times, 1))))
  const leastRecall = Math.min(0.95, Math.floor(Math.min(...all.map(([r]) => r), 1) * 20) / 20)
  const x = (us: number): number =>
    left + ((Math.log10(us) - leastPower) / (mostPower - leastPower)) * (right - left)
  const y = (recall: number): number =>
    bottom - ((recall - leastRecall) / (1 - leastRecall)) * (bottom - top)
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(left, 28, title, 'font-size="16"'),
    ...timeAxis(leastPower, mostPower, x),
    ...recallAxis(leastRecall, y),
    ...shown.flatMap((one, at) => curve(one, at, x, y)),
    '</svg>'
  ]
  return `${lines.join('\n')}\n`
}

function timeAxis(leastPower: number, mostPower: number, x: (us: number) => number): string[] {
  const lines: string[] = []
  for (let power = leastPower; power <= mostPower; power++)
    for (let digit = 1; digit <= (power === mostPower ? 1 : 9); digit++) {
      const us = digit * 10 ** power
      lines.push(line(x(us), top, x(us), bottom, digit === 1 ? '#999999' : '#eeeeee'))
      if (digit === 1) lines.push(text(x(us), bottom + 20, timeText(us), 'text-anchor="middle"'))
    }
  const label = 'time a query (logarithmic)'
  return [...lines, text((left + right) / 2, bottom + 45, label, 'text-anchor="middle"')]
}

function recallAxis(leastRecall: number, y: (recall: number) => number): string[] {
  const step = leastRecall < 0.8 ? 0.1 : 0.05
  const lines: string[] = []
  for (let at = 0; leastRecall + at * step <= 1 + 1e-9; at++) {
    const recall = leastRecall + at * step
    lines.push(line(left, y(recall), right, y(recall), '#cccccc'))
    lines.push(text(left - 8, y(recall) + 4, recall.toFixed(2), 'text-anchor="end"'))
  }
  const middle = (top + bottom) / 2
  const turned = `text-anchor="middle" transform="rotate(-90 20 ${middle})"`
  return [...lines, text(20, middle, 'recall@10', turned)]
}

function curve(
  series: PlotSeries,
  at: number,
  x: (us: number) => number,
  y: (recall: number) => number
): string[] {
  const colour = colours[at % colours.length] ?? '#000000'
  const dash = dashes[Math.floor(at / colours.length) % dashes.length] ?? ''
  const stroke = `stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}" fill="none"`
  const joined = series.points.map(([r, us]) => `${x(us).toFixed(1)},${y(r).toFixed(1)}`).join(' ')
  const labelY = top + 10 + 20 * at
  return [
    `<polyline points="${joined}" ${stroke}/>`,
    ...series.points.map(
      ([r, us]) =>
        `<circle cx="${x(us).toFixed(1)}" cy="${y(r).toFixed(1)}" r="3" fill="${colour}"/>`
    ),
    `<line x1="${right + 15}" y1="${labelY}" x2="${right + 40}" y2="${labelY}" ${stroke}/>`,
    text(right + 46, labelY + 4, series.name, '')
  ]
}

const line = (x1: number, y1: number, x2: number, y2: number, colour: string): string =>
  `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="${colour}"/>`

const text = (x: number, y: number, value: string, more: string): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${more === '' ? '' : ` ${more}`}>${escaped(value)}</text>`

const escaped = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function timeText(us: number): string {
  if (us >= 1e6) return `${us / 1e6} s`
  return us >= 1_000 ? `${us / 1_000} ms` : `${Number(us.toPrecision(1))} µs`
}
