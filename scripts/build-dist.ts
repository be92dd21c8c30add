/**
 * Builds what is published: JavaScript and types in dist/, the kernels beside them. Node does not strip types inside
 * node_modules, so a published package needs it; a checkout runs src/ as it is.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const root = path.join(import.meta.dirname, '..')
const dist = path.join(root, 'dist')
const settings = path.join(root, '.cache', 'tsconfig.dist.json')

rmSync(dist, { recursive: true, force: true })
mkdirSync(path.dirname(settings), { recursive: true })
writeFileSync(
  settings,
  JSON.stringify({
    extends: '../tsconfig.json',
    compilerOptions: {
      noEmit: false,
      outDir: '../dist',
      rootDir: '../src',
      declarationMap: false,
      typeRoots: ['../node_modules/@types']
    },
    include: ['../src'],
    exclude: ['../src/simd/assembly']
  })
)
execFileSync(path.join(root, 'node_modules', '.bin', 'tsc'), ['-p', settings], { stdio: 'inherit' })
cpSync(path.join(root, 'src', 'simd', 'wasm'), path.join(dist, 'simd', 'wasm'), {
  recursive: true,
  filter: (file) => !path.basename(file).includes('.') || file.endsWith('.wasm')
})
chmodSync(path.join(dist, 'main.js'), 0o755)
