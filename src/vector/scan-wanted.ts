/** A walk cannot answer, and who asked would rather scan in parts than wait for a scan in one piece. */
export class ScanWanted extends Error {
  override readonly name: string = 'ScanWanted'

  constructor() {
    super('a walk cannot answer, and scans were not wanted')
  }
}
