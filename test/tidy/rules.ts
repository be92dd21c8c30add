/** The rules about the code itself, as functions over sources, so that each has a planted fault as its own test. */
import path from 'node:path'

export type Source = { readonly file: string; readonly text: string }
export type Layers = Readonly<Record<string, readonly string[]>>

/** An import or export statement with a source, or a dynamic import of a literal. */
const importPattern =
  /^(?:import|export)\s(?:[\w$*\s{},]*?\sfrom\s)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm

/** Literal targets of every import of a source; with type stripping there are no others. */
export function importsOf(source: Source): string[] {
  return [...source.text.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? '')
}

function folderOf(file: string): string {
  return file.split('/')[1] ?? ''
}

/** A folder imports what its row names, through the door. */
export function layerFaults(sources: readonly Source[], layers: Layers): string[] {
  return sources.flatMap((source) => {
    const from = folderOf(source.file)
    return importsOf(source)
      .filter((target) => target.startsWith('.'))
      .map((target) => path.posix.join(path.posix.dirname(source.file), target))
      .filter((target) => folderOf(target) !== from)
      .flatMap((target) => {
        const to = folderOf(target)
        if (!layers[from]?.includes(to)) return [`${source.file}: ${from} may not import ${to}`]
        return target === `src/${to}/index.ts`
          ? []
          : [`${source.file}: import ${to} through its index.ts`]
      })
  })
}

/** Folders of a table that never become ready: they are in a cycle. */
export function layerCycles(layers: Layers): string[] {
  const done = new Set<string>()
  for (;;) {
    const ready = Object.keys(layers).filter(
      (name) => !done.has(name) && layers[name]?.every((to) => done.has(to))
    )
    if (ready.length === 0) return Object.keys(layers).filter((name) => !done.has(name))
    for (const name of ready) done.add(name)
  }
}

/** Every npm package is imported from its home only; what has no home may not be imported by src/ at all. */
export function packageFaults(sources: readonly Source[], homes: Layers): string[] {
  return sources.flatMap((source) =>
    importsOf(source)
      .filter((target) => !target.startsWith('.') && !target.startsWith('node:'))
      .flatMap((target) => {
        const name = target
          .split('/')
          .slice(0, target.startsWith('@') ? 2 : 1)
          .join('/')
        const home = homes[name]
        if (home === undefined)
          return [`${source.file}: package ${name} has no home in scripts/layers.ts`]
        return home.includes(folderOf(source.file))
          ? []
          : [`${source.file}: package ${name} belongs to ${home.join(', ')}`]
      })
  )
}

/** A door re-exports, says what it gives, and nothing else. */
export function doorFaults(sources: readonly Source[]): string[] {
  return sources
    .filter(({ file }) => /^src\/\w+\/index\.ts$/.test(file))
    .flatMap(({ file, text }) => {
      const faults: string[] = []
      if (!text.startsWith('/** '))
        faults.push(`${file}: the first line says what the folder gives`)
      if (text.split('\n').length > 120) faults.push(`${file}: a door has at most 120 lines`)
      if (/^(?:const|let|function|class|export (?:const|function|class))\b/m.test(text))
        faults.push(`${file}: a door only re-exports`)
      return faults
    })
}

/** Words and marks that are not left behind. (Loose types are oxlint's business.) */
export function markFaults(sources: readonly Source[]): string[] {
  const marks = /\b(?:TODO|FIXME|XXX|HACK)\b|@ts-ignore|@ts-expect-error|\btest\.only\b/
  return sources.flatMap(({ file, text }) =>
    text
      .split('\n')
      .flatMap((line, at) => (marks.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : []))
  )
}

/** Files over the limit of code lines (blank and comment lines are free). */
export function lengthFaults(sources: readonly Source[], linesMax: number): string[] {
  return sources.flatMap(({ file, text }) => {
    const lines = text.split('\n').filter((line) => !/^\s*(?:$|\/\/|\/?\*)/.test(line)).length
    return lines > linesMax ? [`${file}: ${lines} code lines, at most ${linesMax}`] : []
  })
}
