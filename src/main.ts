#!/usr/bin/env node
/** Command line: leveret serve | import | stats | verify. Exit codes: 0 ok, 1 other failure, 2 locked, 3 damaged, 4 newer format. */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { exitCodeOf, importFile, printFault, serve, showStats, verifyFolder } from './tool/index.ts'
import type { ServeFlags } from './tool/index.ts'

const defaultFolder = './leveret-data'

function integer(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('Wanted an integer of 0 or more.')
  return value
}

/** Bytes with a unit: 64mb, 1gb, 1048576. */
function bytes(text: string): number {
  const match = /^(\d+)(b|kb|mb|gb)?$/i.exec(text)
  if (match === null) throw new InvalidArgumentError('Wanted a number of bytes like 256mb.')
  const unit = { b: 1, kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30 }[(match[2] ?? 'b').toLowerCase()] ?? 1
  return Number(match[1]) * unit
}

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value
]

function program(): Command {
  const leveret = new Command('leveret')
    .description('A durable vector store in one process that speaks the k-NN API of Elasticsearch.')
    .version(versionOfPackage(), '--version', 'print the version')
    .showHelpAfterError()
  addServe(leveret)
  leveret
    .command('import <file>')
    .description(
      'load ndjson (bulk actions, or one document a line), npy or fvecs; goes on where it stopped'
    )
    .requiredOption('--index <name>', 'index to load into')
    .option('--data <folder>', 'data folder', defaultFolder)
    .option('--field <name>', 'vector field for npy and fvecs', 'vector')
    .option(
      '--similarity <name>',
      'cosine, l2_norm, dot_product or max_inner_product for a new index',
      'l2_norm'
    )
    .option('--threads <number>', 'worker threads for building graphs', integer)
    .action(importFile)
  leveret
    .command('stats')
    .description('show what a data folder holds')
    .option('--data <folder>', 'data folder', defaultFolder)
    .option('--json', 'print JSON', false)
    .action(showStats)
  leveret
    .command('verify')
    .description('read every record of a data folder and check it; changes nothing of your data')
    .option('--data <folder>', 'data folder', defaultFolder)
    .option('--json', 'print JSON', false)
    .action(verifyFolder)
  return leveret
}

/** package.json lies above src/ and above dist/. */
function versionOfPackage(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}

function addServe(leveret: Command): void {
  leveret
    .command('serve', { isDefault: true })
    .description('answer requests on a port of this machine')
    .option('--data <folder>', 'data folder', process.env['LEVERET_DATA'] ?? defaultFolder)
    .option(
      '--port <number>',
      'port, 0 takes a free one',
      integer,
      integer(process.env['LEVERET_PORT'] ?? '9200')
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--insecure',
      'allow an address beyond loopback although there are no users and no TLS',
      false
    )
    .option('--allow-host <name>', 'another name that a Host header may give', collect)
    .option('--allow-origin <origin>', 'a web origin whose pages may ask', collect)
    .option('--cache <bytes>', 'page cache, e.g. 256mb, at most 4095mb', bytes)
    .option(
      '--threads <number>',
      'worker threads for building graphs and for long searches',
      integer
    )
    .option(
      '--flush-docs <number>',
      'documents of a write buffer before it becomes a segment',
      integer
    )
    .allowExcessArguments()
    .action((flags: ServeFlags, command: Command) => {
      const [name] = command.args
      // Of a command that there is not commander thinks as of an argument of the one by default.
      if (name !== undefined)
        leveret.error(`error: unknown command '${name}', wanted ${commandNames(leveret)}`)
      return serve(flags)
    })
}

function commandNames(leveret: Command): string {
  return leveret.commands.map((command) => command.name()).join(', ')
}

/** Runs a command line; resolves with the exit code, undefined while it goes on serving. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync([...argv], { from: 'user' })
  } catch (error) {
    printFault(error)
    process.exitCode = exitCodeOf(error)
  }
}

/** npm runs commands through symbolic links. */
function isCommand(file: string | undefined): boolean {
  return file !== undefined && existsSync(file) && realpathSync(file) === import.meta.filename
}

/** Files are their owner's alone (LevelDB makes its own without a mode), and nobody has to read what is printed. */
function prepareProcess(): void {
  process.umask(0o077)
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
}

if (isCommand(process.argv[1])) {
  prepareProcess()
  await main(process.argv.slice(2))
}
