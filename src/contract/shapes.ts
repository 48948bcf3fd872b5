import { z } from '@hono/zod-openapi'
import { problem } from './errors.ts'

/** A JSON body or answer of this shape, as createRoute wants it. */
export const json = <Schema extends z.ZodType>(schema: Schema) => ({
  description: 'JSON',
  content: { 'application/json': { schema } },
})

export const orgPath = z.object({ org: z.uuid() })

/** What any route may answer instead: always the same shape, the code says what happened. */
export const problems = {
  400: json(problem),
  401: json(problem),
  403: json(problem),
  404: json(problem),
  409: json(problem),
  429: json(problem),
  500: json(problem),
  503: json(problem),
}
