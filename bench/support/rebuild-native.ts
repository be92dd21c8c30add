/**
 * Compiles hnswlib-node a second time for this machine's processor (-march=native): npm's build uses SSE only, and a
 * peer should be measured at its best too.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { benchFolder, rebuiltFolder } from './native-peers.ts'

function hasCompiler(): boolean {
  try {
    execFileSync(process.env['CXX'] ?? 'c++', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function rebuild(): void {
  const own: unknown = JSON.parse(readFileSync(path.join(benchFolder, 'package.json'), 'utf8'))
  const version = (own as { optionalDependencies: Record<string, string> }).optionalDependencies[
    'hnswlib-node'
  ]
  rmSync(rebuiltFolder, { recursive: true, force: true })
  mkdirSync(rebuiltFolder, { recursive: true })
  const definition = {
    private: true,
    allowScripts: { 'hnswlib-node': true },
    dependencies: { 'hnswlib-node': version }
  }
  writeFileSync(path.join(rebuiltFolder, 'package.json'), JSON.stringify(definition))
  execFileSync('npm', ['install', '--no-audit', '--no-fund'], {
    cwd: rebuiltFolder,
    env: { ...process.env, CXXFLAGS: '-O3 -march=native' },
    stdio: ['ignore', 'inherit', 'inherit']
  })
}

/** Gives a line that says what came of it; never fails: without a compiler the bench goes without. */
export function rebuildNative(): string {
  if (!hasCompiler()) return 'hnswlib-node rebuilt: left out, no C++ compiler'
  try {
    rebuild()
    return `hnswlib-node rebuilt with -march=native in ${rebuiltFolder}`
  } catch (error) {
    return `hnswlib-node rebuilt: left out, ${String(error).split('\n')[0]}`
  }
}
