import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'

/** VK's own schema of its API, written by neither side of our tests. */
export const schemaFolder = process.env.VK_SCHEMA_DIR ?? join(import.meta.dirname, '../../../shared/referees/vk-api-schema')
export const schemaIsHere = existsSync(join(schemaFolder, 'messages/methods.json'))
export const noSchema = "VK's schema is not at hand (VK_SCHEMA_DIR or ../shared/referees/vk-api-schema)"

type Json = { [key: string]: Json } | Json[] | string | number | boolean | null
type Method = {
  name: string
  access_token_type: string[]
  parameters?: {
    name: string
    type: string | string[]
    required?: boolean
    minimum?: number
    maximum?: number
    maxItems?: number
    items?: { type?: string }
  }[]
  responses: Record<string, Json>
}

const read = (file: string) =>
  JSON.parse(readFileSync(join(schemaFolder, file), 'utf8')) as { methods?: Method[]; definitions?: Record<string, Json> }

/**
 * The schema departs from draft 07 in ways that need mending: `required` is a boolean on the property, `$ref` has neighbours, texts that
 * are not JSON Schema (`entity`, `enumNames`), and integer formats. References into files that are not at hand allow everything.
 */
function mend(node: Json, file: string): Json {
  if (Array.isArray(node)) return node.map((one) => mend(one, file))
  if (typeof node !== 'object' || node === null) return node
  if (typeof node.$ref === 'string') {
    const [path = '', pointer = ''] = node.$ref.split('#')
    const target = path === '' ? file : join(file, '..', path)
    return existsSync(join(schemaFolder, target)) ? { $ref: `${base}${target}#${pointer}` } : {}
  }
  const mended: { [key: string]: Json } = {}
  for (const [key, value] of Object.entries(node)) {
    if (key === 'required' && typeof value === 'boolean') continue
    if (key === 'format' || key === 'entity' || key === 'enumNames' || key === 'default') continue
    mended[key] = key === 'properties' || key === 'definitions' ? mendEach(value, file) : mend(value, file)
  }
  const properties = node.properties
  if (typeof properties === 'object' && properties !== null && !Array.isArray(properties)) {
    const required = Object.entries(properties)
      .filter(([, value]) => typeof value === 'object' && value !== null && !Array.isArray(value) && value.required === true)
      .map(([name]) => name)
    if (required.length > 0) mended.required = required
  }
  return mended
}

/** Names inside `properties` are names, even when one of them is `required` or `format`. */
function mendEach(node: Json | undefined, file: string): Json {
  return Object.fromEntries(Object.entries(node ?? {}).map(([name, value]) => [name, mend(value as Json, file)]))
}

/** An absolute address, or Ajv would resolve references against the file they stand in. */
const base = 'vk://schema/'
const files = ['base', 'messages', 'users', 'groups'].flatMap((section) => [`${section}/objects.json`, `${section}/responses.json`])
files.push('callback/objects.json')

export function openReferee() {
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false })
  for (const file of files) ajv.addSchema({ $id: base + file, definitions: mendEach(read(file).definitions ?? {}, file) })
  const methods = new Map<string, Method>()
  for (const section of ['messages', 'users', 'groups', 'account'])
    for (const method of read(`${section}/methods.json`).methods ?? []) methods.set(method.name, method)
  const validators = new Map<string, ValidateFunction[]>()
  const validatorsOf = (method: Method) => {
    const known = validators.get(method.name)
    if (known) return known
    const made = Object.values(method.responses).map((response) => {
      const { $ref } = response as { $ref: string }
      return ajv.compile(mend({ $ref }, `${method.name.split('.')[0]}/methods.json`) as object)
    })
    validators.set(method.name, made)
    return made
  }
  return {
    method: (name: string) => methods.get(name),
    /** Nothing, or what is wrong with an object by one definition of the schema. */
    complainOf: (file: string, definition: string, value: unknown): string | undefined => {
      const validate = ajv.compile({ $ref: `${base}${file}#/definitions/${definition}` })
      return validate(value) ? undefined : `${definition}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`
    },
    /** Nothing, or what is wrong with the answer by every allowed shape of it. */
    complain: (name: string, answer: unknown): string | undefined => {
      const method = methods.get(name)
      if (!method) return `the schema has no method ${name}`
      const wrong: string[] = []
      for (const validate of validatorsOf(method)) {
        if (validate(answer)) return undefined
        wrong.push(ajv.errorsText(validate.errors))
      }
      return `${name}: ${wrong.join(' | ')}\n${JSON.stringify(answer)}`
    },
  }
}
