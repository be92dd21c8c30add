import test from 'ava'
import { bytesText, printCatTable } from '../../../src/dialect/elasticsearch/cat-table.ts'
import type { CatColumn } from '../../../src/dialect/elasticsearch/cat-table.ts'

type Row = { readonly name: string; readonly size: number | null }
const columns: readonly CatColumn<Row>[] = [
  { name: 'name', aliases: ['n'], description: 'a name', value: (row) => row.name },
  {
    name: 'size',
    aliases: ['s'],
    description: 'bytes',
    isNumber: true,
    isBytes: true,
    value: (row) => row.size
  },
  { name: 'secret', aliases: [], description: 'hidden', isHidden: true, value: () => 'x' }
]
const rows: readonly Row[] = [
  { name: 'b', size: 2048 },
  { name: 'aa', size: null },
  { name: 'c', size: 5 }
]
const plain = {
  isJson: false,
  hasHeader: false,
  help: false,
  columns: null,
  sort: null,
  bytes: null
}

test('printCatTable: text stands left, numbers right, hidden columns wait to be asked for', (t) => {
  t.is(
    printCatTable(columns, rows, { ...plain, hasHeader: true }),
    'name size\nb     2kb\naa       \nc      5b\n'
  )
  t.is(printCatTable(columns, rows, { ...plain, columns: 'secret,n' }), 'x b \nx aa\nx c \n')
  t.is(
    printCatTable(columns, rows, { ...plain, columns: 's*', bytes: 'b' }),
    '2048 x\n     x\n   5 x\n'
  )
})

test('printCatTable: sorted by the values, not by their text', (t) => {
  t.is(
    printCatTable(columns, rows.slice(0, 1).concat(rows.slice(2)), {
      ...plain,
      sort: 'size:desc',
      columns: 'name'
    }),
    'b\nc\n'
  )
  t.is(printCatTable(columns, rows, { ...plain, sort: 'n', columns: 'name' }), 'aa\nb \nc \n')
})

test('printCatTable: JSON has strings, and null for what is unknown', (t) => {
  t.deepEqual(
    printCatTable(columns, rows.slice(0, 2), { ...plain, isJson: true, columns: 'n,size' }),
    [
      { n: 'b', size: '2kb' },
      { n: 'aa', size: null }
    ]
  )
})

test('bytesText: one decimal, cut off; a unit that is asked for has none', (t) => {
  t.is(bytesText(1023, null), '1023b')
  t.is(bytesText(1536, null), '1.5kb')
  t.is(bytesText(1024 ** 3 * 2.57, null), '2.5gb')
  t.is(bytesText(2 ** 20, 'kb'), '1024')
  t.throws(() => bytesText(1, 'parsec'))
})
