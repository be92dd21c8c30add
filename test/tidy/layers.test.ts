/**
 * Goal     the folders of src/ stay a one-way street with one door each.
 * Method   read every import of every file, compare with scripts/layers.ts; each rule is also shown a planted fault.
 */
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { layers, packageHomes } from '../../scripts/layers.ts'
import type { Source } from './rules.ts'
import {
  doorFaults,
  layerCycles,
  layerFaults,
  lengthFaults,
  markFaults,
  packageFaults
} from './rules.ts'

const read = (pattern: string): Source[] =>
  globSync(pattern)
    .filter((file) => !file.includes('simd/assembly') && !file.includes('node_modules'))
    .map((file) => ({ file, text: readFileSync(file, 'utf8') }))

const inFolders = read('src/*/**/*.ts')
const everything = [
  ...read('src/**/*.ts'),
  ...read('test/**/*.ts'),
  ...read('bench/**/*.ts'),
  ...read('scripts/**/*.ts')
]

test('layers: the sources are really read', (t) => {
  t.true(inFolders.length > 50)
})

test('layers: the table names every folder of src and no other', (t) => {
  const folders = globSync('src/*/').map((folder) => path.basename(folder))
  t.deepEqual(folders.toSorted(), Object.keys(layers).toSorted())
})

test('layers: the table has no cycle', (t) => {
  t.deepEqual(layerCycles(layers), [])
  t.deepEqual(layerCycles({ a: ['b'], b: ['a'], c: [] }), ['a', 'b'])
})

test('layers: a folder imports only what the table allows, and only its index.ts', (t) => {
  t.deepEqual(layerFaults(inFolders, layers), [])
  const planted = [
    {
      file: 'src/store/wrong.ts',
      text: "import { a } from '../node/index.ts'\nimport type { b } from '../util/errors.ts'"
    }
  ]
  t.deepEqual(layerFaults(planted, layers), [
    'src/store/wrong.ts: store may not import node',
    'src/store/wrong.ts: import util through its index.ts'
  ])
})

test('layers: every npm package has one home', (t) => {
  t.deepEqual(packageFaults(inFolders, packageHomes), [])
  const planted = [
    {
      file: 'src/vector/wrong.ts',
      text: "import { ClassicLevel } from 'classic-level'\nimport x from 'left-pad'"
    }
  ]
  t.deepEqual(packageFaults(planted, packageHomes), [
    'src/vector/wrong.ts: package classic-level belongs to store',
    'src/vector/wrong.ts: package left-pad has no home in scripts/layers.ts'
  ])
})

test('layers: a door only re-exports and says what it gives', (t) => {
  t.deepEqual(doorFaults(inFolders), [])
  t.deepEqual(doorFaults([{ file: 'src/store/index.ts', text: 'export const a = 1\n' }]), [
    'src/store/index.ts: the first line says what the folder gives',
    'src/store/index.ts: a door only re-exports'
  ])
})

test('rules: no marks of unfinished work', (t) => {
  const rules = 'test/tidy/'
  t.deepEqual(markFaults(everything.filter(({ file }) => !file.startsWith(rules))), [])
  t.is(markFaults([{ file: 'a.ts', text: ['a() // TO', 'DO'].join('') }]).length, 1)
})

test('rules: files stay within 400 code lines', (t) => {
  t.deepEqual(lengthFaults(everything, 400), [])
  t.is(lengthFaults([{ file: 'a.ts', text: 'a()\n'.repeat(401) }], 400).length, 1)
})
