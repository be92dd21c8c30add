import test from 'ava'
import type { Route } from '../../../src/rest/route.ts'
import { Router } from '../../../src/rest/router.ts'
import { allRoutes } from '../../../src/rest/routes/index.ts'

const route = (methods: string, path: string): Route => ({
  methods: methods.split(','),
  path,
  parameters: [],
  handle: () => ({ body: path })
})
const router = new Router([
  route('GET', '/{index}/_doc/{id}'),
  route('GET', '/{index}/_doc/_special'),
  route('GET,POST', '/_search'),
  route('PUT', '/{index}')
])
const find = (method: string, path: string): [string, Record<string, string>] => {
  const found = router.find(method, path, path)
  return [found.route.path, Object.fromEntries(found.parts)]
}

test('Router: literal parts beat names, whatever the order of the table', (t) => {
  t.deepEqual(find('GET', '/i/_doc/_special'), ['/{index}/_doc/_special', { index: 'i' }])
  t.deepEqual(find('GET', '/i/_doc/1'), ['/{index}/_doc/{id}', { index: 'i', id: '1' }])
})

test('Router: parts are decoded one by one; slashes at the end do not count', (t) => {
  t.deepEqual(find('GET', '/a%2Cb/_doc/x%2Fy%20%C3%A4'), [
    '/{index}/_doc/{id}',
    { index: 'a,b', id: 'x/y ä' }
  ])
  t.deepEqual(find('GET', '/_search/'), ['/_search', {}])
  t.throws(() => find('GET', '/i/_doc/%zz'), { code: 'REQUEST_ARGUMENT' })
})

test('Router: a path asked again, also among hundreds of others, has the same route and parts', (t) => {
  for (let round = 0; round < 2; round++)
    for (let at = 0; at < 500; at++) {
      t.deepEqual(find('PUT', `/index-${at}`), ['/{index}', { index: `index-${at}` }])
      t.throws(() => find('GET', `/index-${at}`), { code: 'REQUEST_METHOD' })
    }
})

test('Router: a path that nobody knows, and one that is known with another method', (t) => {
  t.throws(() => find('GET', '/a/b/c/d'), { code: 'REQUEST_ROUTE' })
  t.throws(() => find('DELETE', '/i/_doc/1'), {
    message: 'Incorrect HTTP method for uri [/i/_doc/1] and method [DELETE], allowed: [GET]'
  })
})

test('Router: an index is no word of ours', (t) => {
  t.throws(() => find('PUT', '/_serach'), { code: 'INDEX_NAME' })
  t.throws(() => find('GET', '/a,_b/_doc/1'), { code: 'INDEX_NAME' })
})

test('allRoutes: no two routes have the same method and path', (t) => {
  const seen = new Set<string>()
  for (const { methods, path } of allRoutes)
    for (const method of methods) {
      const key = `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`
      t.false(seen.has(key), key)
      seen.add(key)
    }
})
