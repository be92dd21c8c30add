/** What a server sets of V8, for its whole process. */
import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Versions that know the flags; others would print an error. */
const knowsFlags = /^(?:13\.6|14\.1)\./.test(process.versions.v8)

/** Makes the turns that V8 takes for itself shorter. */
export function setServerFlags(): void {
  if (!knowsFlags) return
  countExternalMemory()
  boundYoungGeneration()
}

/**
 * Has V8 count bytes beside its heap (bodies, answers, records of LevelDB) as it counts the heap's own. Otherwise every 64 MiB of
 * them start a full collection, however little is alive, and marking goes on in steps of up to 10 ms while more of them come: a
 * thousand documents read by id are 20 MB. Over seven kinds of requests of bench/macro/turns.bench.ts 17 of 73 full collections are
 * left, 5 of 18 turns above 10 ms, and a request takes 9 % less processor time.
 */
function countExternalMemory(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit')
}

/** As `--max-semi-space-size=16` would have it, which is heard at the start of a process only. */
const youngBytesMax = 32 << 20

/**
 * Keeps V8's young generation from growing beyond 32 MiB. It would grow to 128: collections of it are fewer then, but each finds more
 * alive, and takes 10 to 17 ms where requests of megabytes are answered.
 */
function boundYoungGeneration(): void {
  let factor = 2
  // V8 asks for the factor whenever it might grow; it shrinks and grows again, so the size is looked at behind each collection.
  new PerformanceObserver(() => {
    const wanted = youngBytes() >= youngBytesMax ? 1 : 2
    if (wanted === factor) return
    factor = wanted
    setFlagsFromString(`--semi-space-growth-factor=${factor}`)
  }).observe({ entryTypes: ['gc'] })
}

function youngBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
  return young?.space_size ?? 0
}
