import { spawnSync } from 'node:child_process'
import test from 'ava'

function build(...names: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['scripts/build-simd.ts', ...names], { encoding: 'utf8' })
}

test('build-simd: nothing is compiled or printed when nothing changed', (t) => {
  build('distance')
  const { status, stdout, stderr } = build('distance')
  t.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' })
})

test('build-simd: a name that is not in the table is refused', (t) => {
  const { status, stderr } = build('nonesuch')
  t.is(status, 1)
  t.is(stderr, 'no such module: nonesuch\n')
})
