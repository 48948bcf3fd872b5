import { randomBytes } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { endpoints } from '#contract/endpoints.ts'
import type { AppEnv, HttpSettings } from './env.ts'
import { answerProblem } from './errors.ts'

export function securityHeaders(settings: Pick<HttpSettings, 'publicUrl'>): MiddlewareHandler<AppEnv> {
  const https = settings.publicUrl.startsWith('https:')
  return async (c, next) => {
    const nonce = randomBytes(16).toString('base64')
    c.set('nonce', nonce)
    await next()
    const headers = c.res.headers
    headers.set('content-security-policy', contentPolicy(nonce))
    headers.set('x-content-type-options', 'nosniff')
    headers.set('referrer-policy', 'no-referrer')
    headers.set('cross-origin-opener-policy', 'same-origin')
    headers.set('cross-origin-resource-policy', 'same-origin')
    headers.set('permissions-policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=()')
    headers.set('x-frame-options', 'DENY')
    if (https) headers.set('strict-transport-security', 'max-age=31536000')
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  }
}

function contentPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

/** Whatever changes something comes from our own pages, as JSON: a foreign page can forge neither. */
export function refuseCrossSite(settings: Pick<HttpSettings, 'publicUrl'>): MiddlewareHandler<AppEnv> {
  const ourOrigin = new URL(settings.publicUrl).origin
  return async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next()
    // The vendor's server is no page: what it sends is proved by a secret inside.
    if (c.req.path === endpoints.receiveSferumEvent.path) return next()
    const site = c.req.header('sec-fetch-site')
    const ours = site === undefined ? c.req.header('origin') === ourOrigin : site === 'same-origin'
    if (!ours) return answerProblem(c, 'cross-site')
    const hasBody = c.req.header('transfer-encoding') !== undefined || Number(c.req.header('content-length') ?? 0) > 0
    if (hasBody && !/^application\/json\s*(;|$)/i.test(c.req.header('content-type') ?? '')) {
      return answerProblem(c, 'bad-input', { in: 'header', fields: ['content-type'] })
    }
    return next()
  }
}

const loopback = ['localhost', '127.0.0.1', '[::1]']

/** localhost and 127.0.0.1 do not share cookies: a page opened by the other spelling would lose its session on the way back from VK. */
export function oneSpellingOfLoopback(settings: Pick<HttpSettings, 'publicUrl'>): MiddlewareHandler<AppEnv> {
  const ours = new URL(settings.publicUrl)
  return async (c, next) => {
    const asked = URL.parse(`http://${c.req.header('host') ?? ''}`)
    const another =
      asked !== null &&
      asked.hostname !== ours.hostname &&
      asked.port === ours.port &&
      loopback.includes(asked.hostname) &&
      loopback.includes(ours.hostname)
    if (another && c.req.method === 'GET' && c.req.header('accept')?.includes('text/html')) {
      const { pathname, search } = new URL(c.req.url)
      return c.redirect(`${ours.origin}${pathname}${search}`, 302)
    }
    return next()
  }
}
