/**
 * Compiles the AssemblyScript kernels: src/simd/assembly/*.ts to src/simd/wasm/<name>.wasm.
 *
 * 1. `modules` below lists every module with its entry file and its compile-time constants.
 * 2. A module is current when <name>.sha256 holds the hash of its sources (entry and everything it imports), its
 *    flags and the compiler's version. Current modules are left alone; when all are, nothing is printed.
 * 3. The others are shared out among worker threads, as a compilation is one thread's work.
 * 4. A worker writes to a name of its own and renames, so two builds at once do no harm; the hash is written last.
 *
 * Run   node scripts/build-simd.ts [name ...]
 */
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { Worker, workerData } from 'node:worker_threads'

type Module = {
  readonly name: string
  /** File in src/simd/assembly. */
  readonly entry: string
  readonly relaxed: boolean
  /** Compile-time constants: branches on them vanish. */
  readonly constants: Readonly<Record<string, number>>
}

const root = resolve(import.meta.dirname, '..')
const sourceFolder = join(root, 'src/simd/assembly')
const targetFolder = join(root, 'src/simd/wasm')

/** Numbers of the code kinds, as walk.ts compares them with its constant KIND. */
const kinds = {
  'f32-l2': 0,
  'f32-dot': 1,
  'f32-l1': 2,
  'f32-linf': 3,
  'i7-l2': 4,
  'i7-dot': 5,
  'i8-l2': 6,
  'i8-dot': 7,
  'i8-cos': 8,
  'bit-hamming': 9
} as const

/** CodeSums of src/simd/loader.ts, as lanes.ts compares them with its constant RELAXED. */
const sums = { plain: 0, relaxed: 1, pairs: 2 } as const
type Sums = keyof typeof sums

const named = (name: string, how: Sums): string => (how === 'plain' ? name : `${name}-${how}`)

const distance = (how: Sums): Module => ({
  name: named('distance', how),
  entry: 'distance.ts',
  relaxed: how !== 'plain',
  constants: { RELAXED: sums[how] }
})
const walk = (kind: keyof typeof kinds, how: Sums = 'plain'): Module => ({
  name: named(`walk-${kind}`, how),
  entry: 'walk.ts',
  relaxed: how !== 'plain',
  constants: { KIND: kinds[kind], RELAXED: sums[how] }
})

const score: Module = {
  name: 'walk-score',
  entry: 'walk-score.ts',
  relaxed: false,
  constants: { RELAXED: 0 }
}

const sets: Module = { name: 'sets', entry: 'sets.ts', relaxed: false, constants: {} }

const hashPostings: Module = {
  name: 'hash-postings',
  entry: 'hash-postings.ts',
  relaxed: false,
  constants: { RELAXED: 0 }
}

const projections: Module = {
  name: 'projections',
  entry: 'projections.ts',
  relaxed: false,
  constants: {}
}

const sparseRows: Module = {
  name: 'sparse-rows',
  entry: 'sparse-rows.ts',
  relaxed: false,
  constants: { RELAXED: 0 }
}

const everySums = Object.keys(sums) as readonly Sums[]

/** Every module. Relaxed ones only where 7-bit codes are compared: elsewhere results must agree on all machines. */
const modules: readonly Module[] = [
  ...everySums.map(distance),
  ...everySums.flatMap((how) => [walk('i7-l2', how), walk('i7-dot', how)]),
  walk('f32-l2'),
  walk('f32-dot'),
  walk('f32-l1'),
  walk('f32-linf'),
  walk('i8-l2'),
  walk('i8-dot'),
  walk('i8-cos'),
  walk('bit-hamming'),
  score,
  sets,
  hashPostings,
  sparseRows,
  projections
]

/**
 * noAssert: the kernels' preconditions are asserted by their callers. stub: nothing is allocated in AssemblyScript.
 * maximumMemory is what an imported memory may have at most; the real one is as large as the budget.
 */
function flags(module: Module): string[] {
  const features = ['threads', 'simd', ...(module.relaxed ? ['relaxed-simd'] : [])]
  return [
    '-O3',
    '--converge',
    '--noAssert',
    '--runtime',
    'stub',
    '--importMemory',
    '--sharedMemory',
    '--initialMemory',
    '1',
    '--maximumMemory',
    '65536',
    ...features.flatMap((feature) => ['--enable', feature]),
    ...Object.entries(module.constants).flatMap(([name, value]) => ['--use', `${name}=${value}`])
  ]
}

/** An entry file and everything it imports. */
function sourcesOf(path: string, found = new Map<string, string>()): Map<string, string> {
  if (found.has(path)) return found
  const text = readFileSync(path, 'utf8')
  found.set(path, text)
  for (const [, name] of text.matchAll(/from\s+['"](\.[^'"]+)['"]/g)) {
    if (name !== undefined) sourcesOf(join(dirname(path), `${name.replace(/\.ts$/, '')}.ts`), found)
  }
  return found
}

function hashOf(module: Module): string {
  const compiler = readFileSync(join(root, 'node_modules/assemblyscript/package.json'), 'utf8')
  const hash = createHash('sha256')
  hash.update(compiler)
  hash.update(JSON.stringify(flags(module)))
  for (const [path, text] of sourcesOf(join(sourceFolder, module.entry))) {
    hash.update(JSON.stringify([relative(root, path), text]))
  }
  return hash.digest('hex')
}

const target = (name: string, extension: string): string =>
  join(targetFolder, `${name}.${extension}`)

function isCurrent(module: Module): boolean {
  const stamp = target(module.name, 'sha256')
  return (
    existsSync(target(module.name, 'wasm')) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === hashOf(module)
  )
}

async function compile(module: Module): Promise<void> {
  const { main } = await import('assemblyscript/asc')
  const hash = hashOf(module)
  const entry = relative(root, join(sourceFolder, module.entry))
  let binary: Uint8Array | undefined
  let complaint = ''
  const outcome = await main(
    [entry, '--outFile', 'out.wasm', '--baseDir', root, ...flags(module)],
    {
      stderr: { write: (text: string | Uint8Array) => (complaint += String(text)) },
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') binary = contents
      }
    }
  )
  if (outcome.error !== null || binary === undefined) {
    throw new Error(`${module.name}: ${outcome.error?.message ?? 'no output'}\n${complaint}`)
  }
  const temporary = target(`${module.name}.${randomUUID()}`, 'tmp')
  writeFileSync(temporary, binary)
  renameSync(temporary, target(module.name, 'wasm'))
  writeFileSync(target(module.name, 'sha256'), hash)
}

/** What the workers share: the modules to compile and how many of them are taken. */
type Queue = {
  readonly names: readonly string[]
  readonly takenCount: Int32Array<SharedArrayBuffer>
}

async function compileQueue({ names, takenCount }: Queue): Promise<void> {
  for (;;) {
    const name = names[Atomics.add(takenCount, 0, 1)]
    const module = modules.find((candidate) => candidate.name === name)
    if (module === undefined) return
    await compile(module)
  }
}

/** One thread that compiles until the queue is empty; fails with its first failure. */
function startWorker(queue: Queue): Promise<void> {
  return new Promise((done, fail) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { queue } })
    worker.on('error', fail)
    worker.on('exit', () => done())
  })
}

async function build(wanted: readonly string[]): Promise<void> {
  const unknown = wanted.filter((name) => !modules.some((module) => module.name === name))
  if (unknown.length > 0) throw new Error(`no such module: ${unknown.join(', ')}`)
  const names = modules
    .filter(({ name }) => wanted.length === 0 || wanted.includes(name))
    .filter(({ entry }) => existsSync(join(sourceFolder, entry)))
    .filter((module) => !isCurrent(module))
    .map(({ name }) => name)
  if (names.length === 0) return
  process.stdout.write(`compiling ${names.length} SIMD modules, once\n`)
  const startMs = performance.now()
  mkdirSync(targetFolder, { recursive: true })
  const queue: Queue = { names, takenCount: new Int32Array(new SharedArrayBuffer(4)) }
  const threadCount = Math.min(availableParallelism(), names.length)
  await Promise.all(Array.from({ length: threadCount }, () => startWorker(queue)))
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1)
  process.stdout.write(`compiled ${names.length} SIMD modules in ${seconds} s\n`)
}

const { queue }: { queue?: Queue } = workerData ?? {}
if (queue === undefined) {
  try {
    await build(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
} else await compileQueue(queue)
