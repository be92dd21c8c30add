import test from 'ava'
import { checkContentType, responseType } from '../../../src/rest/media-type.ts'

test('checkContentType: everything that a client sends', (t) => {
  for (const type of [
    undefined,
    'application/json',
    'application/json; charset=utf-8',
    'application/x-ndjson',
    'application/vnd.elasticsearch+json; compatible-with=7',
    'application/vnd.elasticsearch+json;compatible-with=8',
    'Application/Vnd.Elasticsearch+x-ndjson; compatible-with=9',
    'application/vnd.opensearch+json; compatible-with=7'
  ])
    t.notThrows(() => checkContentType(type, true), type)
})

test('checkContentType: other types are refused where there is a body', (t) => {
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'nonsense'
  ])
    t.throws(() => checkContentType(type, true), {
      message: `Content-Type header [${type}] is not supported`
    })
  t.notThrows(() => checkContentType('text/plain', false))
  t.throws(() => checkContentType('application/vnd.elasticsearch+json;compatible-with=6', true))
})

const vendor = 'application/vnd.elasticsearch+json; compatible-with=9'
const vendorAnswer = 'application/vnd.elasticsearch+json;compatible-with=9'
const text = 'text/plain; charset=UTF-8'

test('responseType: JSON unless the vendor type is asked for', (t) => {
  t.is(responseType(undefined, undefined, false).contentType, 'application/json')
  t.is(responseType('*/*', undefined, false).contentType, 'application/json')
  t.is(responseType('application/json', undefined, false).contentType, 'application/json')
  t.is(responseType(vendor, undefined, false).contentType, vendorAnswer)
  t.is(responseType(`${vendor},text/plain`, undefined, false).contentType, vendorAnswer)
})

test('responseType: a table is text unless JSON is the only thing asked for', (t) => {
  t.is(responseType(undefined, undefined, true).contentType, text)
  t.is(responseType('*/*', undefined, true).contentType, text)
  t.is(responseType(`${vendor},text/plain`, undefined, true).contentType, text)
  t.deepEqual(responseType('application/json', undefined, true), {
    contentType: 'application/json',
    isJson: true
  })
  t.deepEqual(responseType(`${vendor},text/plain`, 'json', true), {
    contentType: vendorAnswer,
    isJson: true
  })
  t.is(responseType('application/json', 'txt', true).contentType, text)
  t.throws(() => responseType(undefined, 'smile', true), { message: /\[smile\] is not supported/ })
})
