/** A simulated disk whose power can be cut at a chosen write: the stores on it are dead from then on. */
import { openLevelStore } from '../../src/store/index.ts'
import { SimulatedDisk } from './simulated-store.ts'
import type { DiskFaults } from './simulated-store.ts'
import type { Store } from '../../src/store/index.ts'

export class PowerSupply {
  readonly disk: SimulatedDisk
  /** Resolves when the power goes. */
  readonly cut: Promise<void>
  readonly #resolve: () => void
  #on = true

  constructor(faults?: DiskFaults) {
    this.disk = new SimulatedDisk(faults)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.cut = promise
    this.#resolve = resolve
  }

  /** A store that dies with the power: it cannot heal itself by opening the disk again. */
  openStore(): Promise<Store> {
    const session = { on: true }
    this.#sessions.push(session)
    return openLevelStore(
      () => (session.on ? this.disk.open() : Promise.reject(new Error('the power is off'))),
      { retryMs: 60_000 }
    )
  }

  readonly #sessions: { on: boolean }[] = []

  /** Cuts the power while write number `write` is on its way: of that one nothing stays. */
  cutAtWrite(write: number): void {
    let count = this.disk.writeCount
    Object.defineProperty(this.disk, 'writeCount', {
      get: () => count,
      set: (value: number) => {
        count = value
        if (value === write && this.#on) queueMicrotask(() => this.cutNow())
      }
    })
  }

  cutNow(): void {
    this.#on = false
    for (const session of this.#sessions.splice(0)) session.on = false
    this.disk.crash()
    this.#resolve()
  }
}
