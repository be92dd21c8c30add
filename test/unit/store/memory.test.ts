import test from 'ava'
import { openMemoryStore } from '../../support/memory-store.ts'
import { storeSuite } from '../../suite/store.ts'

storeSuite(test, () => Promise.resolve({ persistent: false, open: openMemoryStore }))
