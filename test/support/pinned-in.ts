import type { PageKind, PageSource, PinnedPages } from '../../src/vector/index.ts'

/** Pages that are never evicted, in the scratch of a source; the table moves with every page. */
export function pinnedIn(source: PageSource): (kind: PageKind) => PinnedPages {
  const words = new Uint32Array(source.memory.buffer)
  return () => {
    const addresses: number[] = []
    let address = 0
    return {
      id: 0,
      get address() {
        return address
      },
      get pageCount() {
        return addresses.length
      },
      append: () => {
        const page = Math.ceil(source.allocate(32_768) / 16_384) * 16_384
        addresses.push(page)
        // Whoever keeps the old table reads nonsense.
        words.fill(0x7fffffff, address >>> 2, (address >>> 2) + addresses.length - 1)
        address = source.allocate(addresses.length * 4)
        words.set(addresses, address >>> 2)
        return page
      },
      close: () => {}
    }
  }
}
