/** Peers side by side on one set: building, reopening, memory in processes of their own; then the curves, in turn. */
import { cpSync, mkdirSync } from 'node:fs'
import { answerStep, runStep } from './child.ts'
import type { Measured } from './curve.ts'
import { askedHere, curveLine, interleave, startCurve } from './curve.ts'
import { toMebibytes } from './machine.ts'
import type { OpenPeer, Peer, VectorSet } from './peer.ts'
import { neighbours, peerFolder } from './peer.ts'
import type { Report } from './report.ts'

type Step = {
  readonly buildMs: number
  readonly diskBytes: number
  readonly openMs: number
  readonly rssBytes: number
}

/** In the child: builds, or opens and answers every query once, and tells what it cost. */
export async function answerPeerStep(
  step: string,
  peer: Peer,
  load: () => VectorSet,
  folder: string
): Promise<void> {
  const set = load()
  if (step === 'build') return answerStep(await peer.build(set, folder))
  const before = process.memoryUsage().rss
  const started = performance.now()
  const open = await peer.open(set, folder)
  await open.setEffort(64)
  await open.search(0, neighbours)
  const openMs = performance.now() - started
  for (let query = 1; query < set.queryCount; query++) await open.search(query, neighbours)
  answerStep({ openMs, rssBytes: process.memoryUsage().rss - before })
  await open.close()
}

/**
 * Builds what each peer opens. A peer that fails is told and left out, so that one does not cost the figures of all.
 *
 * @param file    The bench file that answers the steps `build` and `open`.
 */
export function buildPeers(
  peers: readonly Peer[],
  set: VectorSet,
  root: string,
  file: string,
  flags: Readonly<Record<string, string>>,
  report: Report
): Peer[] {
  const built: Peer[] = []
  for (const peer of peers) {
    const folder = peerFolder(root, peer.name)
    mkdirSync(folder, { recursive: true })
    const passed = { ...flags, sets: set.name, peer: peer.name, folder }
    try {
      const source = peer.opensBuildOf
      if (source === undefined) runBuild(peer, set, file, passed, report)
      else if (!built.some(({ name }) => name === source)) continue
      // Two processes cannot hold one folder, so who did not build it gets a copy.
      else cpSync(peerFolder(root, source), folder, { recursive: true })
      built.push(peer)
    } catch (error) {
      if (peer.name.startsWith('leveret')) throw error
      report.line(`left out: ${peer.name}: ${String(error).split('\n')[0]}`)
    }
  }
  return built
}

function runBuild(
  peer: Peer,
  set: VectorSet,
  file: string,
  flags: Readonly<Record<string, string>>,
  report: Report
): void {
  const built = runStep(file, 'build', flags) as Step
  const opened = runStep(file, 'open', flags) as Step
  const rate = Math.round(set.rows / (built.buildMs / 1_000))
  report.line(
    `${peer.name.padEnd(24)} build ${rate}/s, reopen to first answer ${opened.openMs.toFixed(0)} ms, disk ${toMebibytes(built.diskBytes)}, memory ${toMebibytes(opened.rssBytes)}`
  )
}

/** Curves of all peers, measured in turn. */
export async function measurePeers(
  peers: readonly Peer[],
  set: VectorSet,
  root: string,
  rounds: number,
  report: Report
): Promise<Measured[]> {
  const measured: Measured[] = []
  const opened: OpenPeer[] = []
  try {
    for (const peer of peers) {
      const open = await peer.open(set, peerFolder(root, peer.name))
      opened.push(open)
      measured.push(startCurve(peer.name, askedHere(open, set.queryCount), set))
    }
    await interleave(measured, rounds)
  } finally {
    for (const open of opened) await open.close()
  }
  for (const one of measured) report.line(curveLine(one))
  return measured
}
