import { type Expression, parse, type Statement } from './vkscript-parse.ts'

export { CompileError } from './vkscript-parse.ts'
export class RuntimeError extends Error {}

type Scope = Map<string, unknown>
type Return = { value: unknown }

/** A script that turns in circles must not hold the only thread. */
const mostSteps = 100_000

/** Runs a script; `call` performs one API method and gives `false` when it failed, as VK does. */
export function runScript(
  code: string,
  args: Record<string, string>,
  call: (method: string, args: Record<string, unknown>) => unknown,
): unknown {
  const program = parse(code)
  const scope: Scope = new Map<string, unknown>([['Args', args]])
  let steps = 0
  const step = () => {
    if (++steps > mostSteps) throw new RuntimeError('too many operations')
  }

  function run(statements: Statement[]): Return | undefined {
    for (const statement of statements) {
      step()
      const done = perform(statement)
      if (done) return done
    }
    return undefined
  }

  function perform(statement: Statement): Return | undefined {
    switch (statement.type) {
      case 'var':
        for (const [name, value] of statement.names) scope.set(name, value === undefined ? null : evaluate(value))
        return undefined
      case 'assign':
        assign(statement.to, evaluate(statement.value))
        return undefined
      case 'expression':
        evaluate(statement.of)
        return undefined
      case 'return':
        return { value: statement.value === undefined ? null : evaluate(statement.value) }
      case 'if':
        return run(evaluate(statement.test) ? statement.then : statement.otherwise)
      case 'while':
        while (evaluate(statement.test)) {
          step()
          const done = run(statement.body)
          if (done) return done
        }
        return undefined
      case 'delete': {
        if (statement.of.type !== 'member') return undefined
        const owner = evaluate(statement.of.of)
        if (typeof owner === 'object' && owner !== null) Reflect.deleteProperty(owner, String(evaluate(statement.of.key)))
        return undefined
      }
    }
  }

  function assign(to: Expression, value: unknown): void {
    if (to.type === 'name') scope.set(to.name, value)
    if (to.type !== 'member') return
    const owner = evaluate(to.of)
    if (typeof owner !== 'object' || owner === null) throw new RuntimeError('cannot assign to a member of this value')
    Reflect.set(owner, String(evaluate(to.key)), value)
  }

  function evaluate(of: Expression): unknown {
    step()
    switch (of.type) {
      case 'value':
        return of.value
      case 'name':
        return scope.get(of.name) ?? null
      case 'array':
        return of.items.map(evaluate)
      case 'object':
        return Object.fromEntries(of.fields.map(([key, value]) => [key, evaluate(value)]))
      case 'member':
        return memberOf(evaluate(of.of), evaluate(of.key))
      case 'pluck': {
        const list = evaluate(of.of)
        return Array.isArray(list) ? list.map((item) => memberOf(item, of.key)) : null
      }
      case 'api':
        return call(of.method, Object(of.args === undefined ? {} : evaluate(of.args)))
      case 'call':
        return builtIn(of.of === undefined ? undefined : evaluate(of.of), of.name, of.args.map(evaluate))
      case 'unary':
        return unary(of.operator, evaluate(of.of))
      case 'binary':
        if (of.operator === '&&') return evaluate(of.left) && evaluate(of.right)
        if (of.operator === '||') return evaluate(of.left) || evaluate(of.right)
        return binary(of.operator, evaluate(of.left), evaluate(of.right))
    }
  }

  return run(program)?.value ?? null
}

function memberOf(owner: unknown, key: unknown): unknown {
  if (key === 'length' && (typeof owner === 'string' || Array.isArray(owner))) return owner.length
  if (typeof owner !== 'object' || owner === null || !Object.hasOwn(owner, String(key))) return null
  return Reflect.get(owner, String(key))
}

function unary(operator: string, value: unknown): unknown {
  if (operator === '!') return !value
  if (operator === '~') return ~Number(value)
  return operator === '-' ? -Number(value) : Number(value)
}

function binary(operator: string, left: unknown, right: unknown): unknown {
  if (operator === '+') {
    // VKScript joins lists with «+».
    if (Array.isArray(left) && Array.isArray(right)) return [...left, ...right]
    if (typeof left === 'string' || typeof right === 'string') return `${left}${right}`
    return Number(left) + Number(right)
  }
  const [a, b] = typeof left === 'string' && typeof right === 'string' ? [left, right] : [Number(left), Number(right)]
  switch (operator) {
    case '==':
    case '===':
      return left === right || (String(left) === String(right) && typeof left !== 'object')
    case '!=':
    case '!==':
      return !(left === right || (String(left) === String(right) && typeof left !== 'object'))
    case '<':
      return a < b
    case '>':
      return a > b
    case '<=':
      return a <= b
    case '>=':
      return a >= b
    case '-':
      return Number(a) - Number(b)
    case '*':
      return Number(a) * Number(b)
    case '/':
      if (Number(b) === 0) throw new RuntimeError('division by zero')
      return Number(a) / Number(b)
    case '%':
      return Number(a) % Number(b)
    case '&':
      return Number(a) & Number(b)
    case '|':
      return Number(a) | Number(b)
    case '^':
      return Number(a) ^ Number(b)
    case '<<':
      return Number(a) << Number(b)
    default:
      return Number(a) >> Number(b)
  }
}

const ofLists = ['push', 'pop', 'shift', 'unshift', 'slice', 'splice', 'indexOf']
const ofTexts = ['substr', 'split', 'slice', 'indexOf']

function builtIn(owner: unknown, name: string, args: unknown[]): unknown {
  if (owner === undefined) {
    if (name === 'parseInt') return Number.parseInt(String(args[0]), 10) || 0
    if (name === 'parseDouble') return Number.parseFloat(String(args[0])) || 0
  }
  const allowed = Array.isArray(owner) ? ofLists : typeof owner === 'string' ? ofTexts : []
  if (!allowed.includes(name)) throw new RuntimeError(`unknown function ${name}`)
  const method = Reflect.get(Object(owner), name) as (...args: unknown[]) => unknown // the name is on the list above
  return method.apply(owner, args) ?? null
}
