// @TODO goes away as soon as tools/demo-school.ts is there.
import { asSystem, type Database } from '#db/database.ts'
import { ensureSignIn } from '#identity/sign-ins.ts'

export async function ensureTinySchool(db: Database) {
  const password = 'demo-password'
  return asSystem(db, async (tx) => {
    const known = await tx.selectFrom('organisation').select('id').where('external_id', '=', 'tiny').executeTakeFirst()
    const today = '2026-09-01'
    if (!known) {
      const school = await tx
        .insertInto('organisation')
        .values({ kind: 'school', name: 'Демо школа', external_id: 'tiny', source: 'tiny' })
        .returning('id')
        .executeTakeFirstOrThrow()
      const person = async (surname: string, given_name: string, patronymic: string, login: string) => {
        const row = await tx
          .insertInto('person')
          .values({ organisation_id: school.id, surname, given_name, patronymic })
          .returning('id')
          .executeTakeFirstOrThrow()
        await ensureSignIn(tx, { personId: row.id, login, password })
        return row.id
      }
      const admin = await person('Демонова', 'Анна', 'Петровна', 'admin')
      const teacher = await person('Учителев', 'Иван', 'Сергеевич', 'teacher')
      const pupil = await person('Учеников', 'Пётр', 'Павлович', 'pupil')
      const guardian = await person('Ученикова', 'Мария', 'Олеговна', 'guardian')
      await tx.insertInto('role_grant').values({ organisation_id: school.id, person_id: admin, role: 'administrator' }).execute()
      await tx
        .insertInto('staff_post')
        .values({ organisation_id: school.id, person_id: teacher, post: 'учитель', starts_on: today })
        .execute()
      await tx
        .insertInto('guardianship')
        .values({ organisation_id: school.id, pupil_id: pupil, guardian_id: guardian, starts_on: today })
        .execute()
    }
    return ['admin', 'teacher', 'pupil', 'guardian'].map((login) => ({ login, password, role: login, organisation: 'Демо школа' }))
  })
}
