/** What a server sets of V8, for its whole process. */
import { setFlagsFromString } from 'node:v8'

/** Versions that know the flag; others would print an error. */
const knowsFlag = /^(?:13\.6|14\.1)\./

/**
 * Has V8 count bytes beside its heap (bodies, answers, records of LevelDB) as it counts the heap's own. Otherwise every 64 MiB of
 * them start a full collection, however little is alive, and marking goes on in steps of up to 10 ms while more of them come: a
 * thousand documents read by id are 20 MB. Over seven kinds of requests of bench/macro/turns.bench.ts 17 of 73 full collections are
 * left, 5 of 18 turns above 10 ms, and a request takes 9 % less processor time.
 */
export function countExternalMemory(): void {
  if (knowsFlag.test(process.versions.v8))
    setFlagsFromString('--external-memory-accounted-in-global-limit')
}
