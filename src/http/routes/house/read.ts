import { readHouse } from '#contract/me.ts'
import type { App, Rooms } from '../../env.ts'

export function houseRoutes(app: App, rooms: Rooms): void {
  app.openapi(readHouse, (c) => c.json(rooms.house, 200))
}
