/** Every route, by family. */
import type { Route } from '../route.ts'
import { aliasRoutes } from './aliases.ts'
import { analyzeRoutes } from './analyze.ts'
import { bulkRoutes } from './bulk.ts'
import { byQueryRoutes } from './by-query.ts'
import { catRoutes } from './cat.ts'
import { clusterRoutes } from './cluster.ts'
import { contextRoutes } from './contexts.ts'
import { documentRoutes } from './documents.ts'
import { fieldCapsRoutes } from './field-caps.ts'
import { healthRoutes } from './health.ts'
import { indexRoutes } from './indices.ts'
import { inventoryRoutes } from './inventory.ts'
import { maintenanceRoutes } from './maintenance.ts'
import { mappingRoutes } from './mappings.ts'
import { multiSearchRoutes } from './multi-search.ts'
import { searchRoutes } from './search.ts'
import { settingsRoutes } from './settings.ts'

export const allRoutes: readonly Route[] = [
  ...aliasRoutes,
  ...analyzeRoutes,
  ...bulkRoutes,
  ...byQueryRoutes,
  ...catRoutes,
  ...clusterRoutes,
  ...contextRoutes,
  ...documentRoutes,
  ...fieldCapsRoutes,
  ...healthRoutes,
  ...indexRoutes,
  ...inventoryRoutes,
  ...maintenanceRoutes,
  ...mappingRoutes,
  ...multiSearchRoutes,
  ...searchRoutes,
  ...settingsRoutes
]
