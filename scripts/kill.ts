/**
 * Thousands of kills of the engine, by hand: `node scripts/kill.ts [--kills 1000] [--seed 1] [--folders 4]`.
 *
 * Each folder has a seed of its own and lives until its share of the kills is done. Prints a line of progress, at the end one report a
 * folder; exit code 1 and the seed when anything was lost, torn or damaged.
 */
import process, { argv, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { killEngine } from '../test/support/engine-killer.ts'

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    kills: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    folders: { type: 'string', default: '4' }
  }
})
const killCount = Number(values.kills)
const firstSeed = Number(values.seed)
const folderCount = Number(values.folders)
const atOnce = 2

const startMs = performance.now()
let kills = 0
const seeds = Array.from({ length: folderCount }, (_, at) => firstSeed + at)
const reports: Awaited<ReturnType<typeof killEngine>>[] = []

async function work(): Promise<void> {
  for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
    const report = await killEngine({
      seed,
      killCount: Math.ceil(killCount / folderCount),
      onKill: () => {
        kills += 1
        const perKillMs = (performance.now() - startMs) / kills
        const leftS = ((killCount - kills) * perKillMs) / 1000
        stdout.write(`\r${kills} of ${killCount} kills, ${leftS.toFixed(0)} s left   `)
      }
    })
    reports.push(report)
  }
}

await Promise.all(Array.from({ length: atOnce }, work))
stdout.write('\n')
for (const report of reports) stdout.write(`${JSON.stringify(report)}\n`)
const findings = reports.flatMap((report) => report.findings)
const seconds = ((performance.now() - startMs) / 1000).toFixed(0)
stdout.write(`${kills} kills in ${seconds} s, ${findings.length} findings\n`)
process.exitCode = findings.length === 0 ? 0 : 1
