/**
 * The language of `execute` (https://dev.vk.com/ru/execute): a small JavaScript without functions.
 * Syntax tree only; vkscript.ts runs it.
 */
export type Expression =
  | { type: 'value'; value: unknown }
  | { type: 'name'; name: string }
  | { type: 'array'; items: Expression[] }
  | { type: 'object'; fields: [string, Expression][] }
  | { type: 'member'; of: Expression; key: Expression }
  | { type: 'pluck'; of: Expression; key: string }
  | { type: 'api'; method: string; args: Expression | undefined }
  | { type: 'call'; of: Expression | undefined; name: string; args: Expression[] }
  | { type: 'unary'; operator: string; of: Expression }
  | { type: 'binary'; operator: string; left: Expression; right: Expression }

export type Statement =
  | { type: 'var'; names: [string, Expression | undefined][] }
  | { type: 'assign'; to: Expression; value: Expression }
  | { type: 'expression'; of: Expression }
  | { type: 'return'; value: Expression | undefined }
  | { type: 'if'; test: Expression; then: Statement[]; otherwise: Statement[] }
  | { type: 'while'; test: Expression; body: Statement[] }
  | { type: 'delete'; of: Expression }

type Token = { kind: 'name' | 'number' | 'string' | 'sign' | 'end'; text: string; value?: string | number; line: number }

export class CompileError extends Error {}

const signs = ['===', '!==', '==', '!=', '<=', '>=', '&&', '||', '<<', '>>', '@.', ...'+-*/%<>=!&|^~(){}[];,.:?']
const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', 0: '\0' }

function tokens(code: string): Token[] {
  const found: Token[] = []
  let at = 0
  let line = 1
  const fail = (what: string): never => {
    throw new CompileError(`${what} in line ${line}`)
  }
  while (at < code.length) {
    const char = code[at]!
    if (char === '\n') line++
    if (/\s/.test(char)) at++
    else if (code.startsWith('//', at)) at = end(code.indexOf('\n', at), code)
    else if (code.startsWith('/*', at)) at = end(code.indexOf('*/', at + 2) + 2 || -1, code)
    else if (char === '"' || char === "'") {
      let text = ''
      at++
      while (code[at] !== char) {
        if (at >= code.length) fail('unterminated string')
        if (code[at] !== '\\') text += code[at++]
        else {
          const next = code[at + 1] ?? ''
          if (next === 'u') text += String.fromCharCode(Number.parseInt(code.slice(at + 2, at + 6), 16))
          else if (next === 'x') text += String.fromCharCode(Number.parseInt(code.slice(at + 2, at + 4), 16))
          else text += escapes[next] ?? next
          at += next === 'u' ? 6 : next === 'x' ? 4 : 2
        }
      }
      at++
      found.push({ kind: 'string', text, value: text, line })
    } else if (/[0-9]/.test(char)) {
      const text = /^\d+(\.\d+)?([eE][+-]?\d+)?/.exec(code.slice(at, at + 40))![0] // a digit is there
      found.push({ kind: 'number', text, value: Number(text), line })
      at += text.length
    } else if (/[A-Za-z_$]/.test(char)) {
      let stop = at + 1
      while (/[\w$]/.test(code[stop] ?? '')) stop++
      found.push({ kind: 'name', text: code.slice(at, stop), line })
      at = stop
    } else {
      const sign = signs.find((one) => code.startsWith(one, at)) ?? fail(`unexpected symbol '${char}'`)
      found.push({ kind: 'sign', text: sign, line })
      at += sign.length
    }
  }
  found.push({ kind: 'end', text: 'end of code', line })
  return found
}

const end = (found: number, code: string) => (found < 0 ? code.length : found)

const strength = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!=', '===', '!=='],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
]

export function parse(code: string): Statement[] {
  const list = tokens(code)
  let at = 0
  const here = () => list[at]! // the last token is always `end`
  const is = (text: string) => here().text === text && here().kind !== 'string'
  const take = (text: string) => {
    if (!is(text)) return false
    at++
    return true
  }
  const expect = (text: string) => {
    if (!take(text)) throw new CompileError(`'${text}' expected, '${here().text}' found in line ${here().line}`)
  }
  const name = () => {
    const token = here()
    if (token.kind !== 'name') throw new CompileError(`identifier expected, '${token.text}' found in line ${token.line}`)
    at++
    return token.text
  }

  function block(): Statement[] {
    if (!take('{')) return [statement()]
    const body: Statement[] = []
    while (!take('}')) body.push(statement())
    return body
  }

  function statement(): Statement {
    if (take(';')) return { type: 'expression', of: { type: 'value', value: null } }
    if (take('var')) {
      const names: [string, Expression | undefined][] = []
      do names.push([name(), take('=') ? expression() : undefined])
      while (take(','))
      expect(';')
      return { type: 'var', names }
    }
    if (take('return')) {
      const value = is(';') ? undefined : expression()
      expect(';')
      return { type: 'return', value }
    }
    if (take('if')) {
      expect('(')
      const test = expression()
      expect(')')
      const then = block()
      return { type: 'if', test, then, otherwise: take('else') ? block() : [] }
    }
    if (take('while')) {
      expect('(')
      const test = expression()
      expect(')')
      return { type: 'while', test, body: block() }
    }
    if (take('delete')) {
      const of = expression()
      expect(';')
      return { type: 'delete', of }
    }
    const of = expression()
    if (take('=')) {
      if (of.type !== 'name' && of.type !== 'member') throw new CompileError(`cannot assign in line ${here().line}`)
      const value = expression()
      expect(';')
      return { type: 'assign', to: of, value }
    }
    expect(';')
    return { type: 'expression', of }
  }

  function expression(level = 0): Expression {
    const operators = strength[level]
    if (!operators) return unary()
    let left = expression(level + 1)
    while (here().kind === 'sign' && operators.includes(here().text)) {
      const operator = here().text
      at++
      left = { type: 'binary', operator, left, right: expression(level + 1) }
    }
    return left
  }

  function unary(): Expression {
    for (const operator of ['!', '-', '+', '~']) if (take(operator)) return { type: 'unary', operator, of: unary() }
    return postfix()
  }

  function args(): Expression[] {
    const found: Expression[] = []
    while (!take(')')) {
      found.push(expression())
      if (!is(')')) expect(',')
    }
    return found
  }

  function postfix(): Expression {
    let of = primary()
    for (;;) {
      if (take('@.')) of = { type: 'pluck', of, key: name() }
      else if (take('.')) {
        const key = name()
        of = take('(') ? { type: 'call', of, name: key, args: args() } : { type: 'member', of, key: { type: 'value', value: key } }
      } else if (take('[')) {
        of = { type: 'member', of, key: expression() }
        expect(']')
      } else return of
    }
  }

  function primary(): Expression {
    const token = here()
    if (token.kind === 'number' || token.kind === 'string') {
      at++
      return { type: 'value', value: token.value }
    }
    if (take('(')) {
      const inner = expression()
      expect(')')
      return inner
    }
    if (take('[')) {
      const items: Expression[] = []
      while (!take(']')) {
        items.push(expression())
        if (!is(']')) expect(',')
      }
      return { type: 'array', items }
    }
    if (take('{')) {
      const fields: [string, Expression][] = []
      while (!take('}')) {
        const key = here().kind === 'string' || here().kind === 'number' ? list[at++]!.text : name()
        expect(':')
        fields.push([key, expression()])
        if (!is('}')) expect(',')
      }
      return { type: 'object', fields }
    }
    if (take('API')) {
      expect('.')
      let method = name()
      while (take('.')) method += `.${name()}`
      expect('(')
      return { type: 'api', method, args: args()[0] }
    }
    const word = name()
    if (word === 'true' || word === 'false') return { type: 'value', value: word === 'true' }
    if (word === 'null' || word === 'undefined') return { type: 'value', value: null }
    if (take('(')) return { type: 'call', of: undefined, name: word, args: args() }
    return { type: 'name', name: word }
  }

  const program: Statement[] = []
  while (here().kind !== 'end') program.push(statement())
  return program
}
