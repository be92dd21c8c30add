/**
 * Loaded into a process by `--import`: it kills itself a moment after its standard error shows progress. A parent on a busy
 * machine may hear of it when the work is done.
 */
import process from 'node:process'

const afterMs = 30
const write = process.stderr.write.bind(process.stderr)

process.stderr.write = (text: string | Uint8Array): boolean => {
  if (/: \d+% /.test(String(text))) setTimeout(() => process.kill(process.pid, 'SIGKILL'), afterMs)
  return write(text)
}
