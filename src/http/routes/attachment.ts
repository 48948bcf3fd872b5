const types = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv; charset=utf-8',
} as const

/** A file to download. `name` may be Russian; old browsers get the plain one. */
export function attachment(kind: keyof typeof types, name: string, content: Buffer | string): Response {
  const safe = encodeURIComponent(`${name.replace(/[\\/:*?"<>|]/g, ' ')}.${kind}`)
  const body = typeof content === 'string' ? content : new Uint8Array(content)
  return new Response(body, {
    headers: { 'content-type': types[kind], 'content-disposition': `attachment; filename="file.${kind}"; filename*=UTF-8''${safe}` },
  })
}
