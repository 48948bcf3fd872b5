/** What a person is within one organisation. Operators of a region are operators of every school under it. */
export const roles = ['operator', 'administrator', 'teacher', 'guardian', 'pupil'] as const
export type Role = (typeof roles)[number]

type Roles = ReadonlySet<Role> | readonly Role[]
const has = (held: Roles, role: Role) => (Array.isArray(held) ? held.includes(role) : (held as ReadonlySet<Role>).has(role))

/** Who may do what: the server enforces these and the browser asks them before it shows a button. */
export const can = {
  /** Everything about a school that the access `administrator` in endpoints.ts guards. */
  administer: (held: Roles) => has(held, 'administrator') || has(held, 'operator'),
  /** Plan, synchronise, rename, look into the registry. */
  manageChats: (held: Roles) => has(held, 'administrator') || has(held, 'operator'),
}
