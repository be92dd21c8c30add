/**
 * Where the files are that are not imported: compiled kernels and worker scripts. The only place that knows that
 * src/ runs as .ts and dist/ as .js; both have the same folders.
 */
import { fileURLToPath } from 'node:url'

/** Path of a compiled kernel. */
export function wasmPath(name: string): string {
  return fileURLToPath(new URL(`wasm/${name}.wasm`, import.meta.url))
}

/**
 * URL of a worker script that lies beside the module that starts it.
 *
 * @param name    File name without extension: `build.worker`.
 * @param beside  `import.meta.url` of the caller.
 */
export function workerUrl(name: string, beside: string): URL {
  return new URL(`${name}${beside.endsWith('.ts') ? '.ts' : '.js'}`, beside)
}
