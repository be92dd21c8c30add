/**
 * One keep-alive connection, one request at a time, over a bare socket: Node's HTTP client takes as long as the server
 * answers, and would be what is measured on two cores. Reads answers with a Content-Length, which is what the server sends.
 */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'

export type HttpAnswer = { readonly status: number; readonly body: Buffer }

type Waiting = {
  readonly resolve: (answer: HttpAnswer) => void
  readonly reject: (error: Error) => void
}

/** Bytes of a request, made once and sent often. */
export function requestBytes(
  method: string,
  target: string,
  body: string | Buffer,
  type = 'application/json'
): Buffer {
  const content = Buffer.from(body)
  const head = `${method} ${target} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${type}\r\ncontent-length: ${content.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), content])
}

export class HttpConnection {
  readonly #socket: Socket
  #parts: Buffer[] = []
  #waiting: Waiting | null = null
  /** Why nothing can be sent any more: a server closes connections that nobody used for a minute. */
  #failure: Error | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (part: Buffer) => this.#receive(part))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the server closed the connection')))
  }

  static async open(port: number): Promise<HttpConnection> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    await once(socket, 'connect')
    return new HttpConnection(socket)
  }

  /** Body of the answer; anything but status 200 is an error. */
  async send(request: Buffer): Promise<Buffer> {
    const { status, body } = await this.exchange(request)
    if (status !== 200) throw new Error(`${status} ${body.toString().slice(0, 500)}`)
    return body
  }

  exchange(request: Buffer): Promise<HttpAnswer> {
    if (this.#waiting !== null) throw new Error('one request at a time')
    if (this.#failure !== null) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(request)
    })
  }

  async json(method: string, target: string, body: unknown = {}): Promise<unknown> {
    const answer = await this.send(requestBytes(method, target, JSON.stringify(body)))
    return JSON.parse(answer.toString())
  }

  close(): void {
    this.#socket.removeAllListeners('close')
    this.#socket.destroy()
  }

  #receive(part: Buffer): void {
    this.#parts.push(part)
    const all = this.#parts.length === 1 ? part : Buffer.concat(this.#parts)
    this.#parts = [all]
    const headEnd = all.indexOf('\r\n\r\n')
    if (headEnd < 0) return
    const head = all.toString('latin1', 0, headEnd)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (length === undefined) return this.#fail(new Error(`no content-length: ${head}`))
    const end = headEnd + 4 + Number(length)
    if (all.length < end) return
    this.#parts = []
    const waiting = this.#waiting
    this.#waiting = null
    const status = Number(head.slice('HTTP/1.1 '.length).split(' ', 1)[0])
    waiting?.resolve({ status, body: all.subarray(headEnd + 4, end) })
  }

  #fail(error: Error): void {
    this.#failure ??= error
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.reject(error)
  }
}
