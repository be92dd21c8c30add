/** Request bodies as one buffer. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { VectorStoreError } from '../util/index.ts'

type Done = (error: Error | null, body?: Buffer) => void

/** The socket's stream, or one that decompresses it and says how much it has taken. */
type Payload = Readable & { readonly receivedEncodedLength?: number }

/**
 * Reads a body. Where its length is known it fills one buffer as it arrives: joining the parts of a large one at its end
 * would hold the event loop.
 *
 * Errors   REQUEST_SIZE above `bytesMax`, compressed or not; REQUEST_SYNTAX when it ends too early; those of the stream.
 */
export function readBody(
  headers: IncomingHttpHeaders,
  payload: Payload,
  bytesMax: number,
  done: Done
): void {
  const length = Number(headers['content-length'])
  if (length > bytesMax) {
    done(tooLarge())
    return
  }
  const isPlain = payload.receivedEncodedLength === undefined
  const body = new BodyParts(isPlain ? length : Number.NaN)
  const end = (error: Error | null): void => {
    payload.off('data', take)
    payload.off('end', finish)
    payload.off('error', end)
    if (error === null) done(null, body.joined())
    else done((error as { code?: string }).code === 'ECONNRESET' ? cutOff(error) : error)
  }
  const take = (part: Buffer): void => {
    const { receivedEncodedLength = 0 } = payload
    if (body.byteLength + part.length > bytesMax || receivedEncodedLength > bytesMax)
      end(tooLarge())
    else body.add(part)
  }
  const finish = (): void => {
    const received = isPlain ? body.byteLength : payload.receivedEncodedLength
    end(Number.isNaN(length) || received === length ? null : tooShort())
  }
  payload.on('data', take)
  payload.on('end', finish)
  payload.on('error', end)
  payload.resume()
}

class BodyParts {
  byteLength = 0
  readonly #whole: Buffer | null
  readonly #parts: Buffer[] = []

  /** @param length  Bytes that will come; NaN: not known. */
  constructor(length: number) {
    this.#whole = length > 0 ? Buffer.allocUnsafe(length) : null
  }

  add(part: Buffer): void {
    if (this.#whole === null) this.#parts.push(part)
    else part.copy(this.#whole, this.byteLength)
    this.byteLength += part.length
  }

  joined(): Buffer {
    return this.#whole ?? Buffer.concat(this.#parts, this.byteLength)
  }
}

function tooLarge(): VectorStoreError {
  return new VectorStoreError(
    'REQUEST_SIZE',
    'the request body is too large: Request body is too large'
  )
}

/** The client went away: nobody reads the answer, and nothing here is wrong. */
function cutOff(cause: Error): VectorStoreError {
  return new VectorStoreError(
    'REQUEST_SYNTAX',
    'the connection was closed before the request body was whole',
    { cause }
  )
}

function tooShort(): VectorStoreError {
  return new VectorStoreError('REQUEST_SYNTAX', 'Request body size did not match Content-Length')
}
