/** Here is a verb of the command line, give me its work: one verb, one file. */
export { setServerFlags } from './v8-flags.ts'
export { exitCodeOf, printFault } from './fault.ts'
export { importFile } from './import.ts'
export { byteText, progress } from './output.ts'
export { serve } from './serve.ts'
export type { ServeFlags } from './serve.ts'
export { showStats } from './stats.ts'
export { verifyFolder } from './verify.ts'
