import { Button, PasswordInput, Stack, TextInput, Title, UnstyledButton } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import './pages.css'
import { call } from '../api/client.ts'
import { houseQuery, sessionQuery } from '../api/queries.ts'
import { forgetPerson } from '../api/session.ts'
import { explain } from '../text/errors.ts'
import { SandboxBadge } from '../ui/SandboxBadge.tsx'
import { Notice } from '../ui/states.tsx'
import { useTitle } from '../ui/use-title.ts'

export function SignInPage() {
  useTitle('Вход')
  const { data: house } = useSuspenseQuery(houseQuery)
  const { to } = useSearch({ from: '/sign-in' })
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const form = useForm({
    initialValues: { username: '', password: '' },
    validate: {
      username: (value) => (value.trim() === '' ? 'Введите логин' : null),
      password: (value) => (value === '' ? 'Введите пароль' : null),
    },
  })
  const signIn = useMutation({
    mutationFn: ({ username, password }: typeof form.values) => call('signIn', { body: { username: username.trim(), password } }),
    onSuccess: async () => {
      forgetPerson(queryClient)
      queryClient.setQueryData(sessionQuery.queryKey, { signedIn: true })
      await navigate({ href: to ?? '/', replace: true })
    },
  })
  return (
    <main className="sign-in">
      <div className="sign-in-column">
        <div className="card sign-in-card">
          <Title order={1} size="h3" mb={4}>
            АйТи Школа
          </Title>
          <p className="lead">Чаты школы в Сферум, согласованные с её реестром.</p>
          <form onSubmit={form.onSubmit((values) => signIn.mutate(values))} noValidate>
            <Stack>
              <TextInput
                label="Логин"
                autoComplete="username"
                autoCapitalize="none"
                spellCheck={false}
                autoFocus
                {...form.getInputProps('username')}
              />
              <PasswordInput
                label="Пароль"
                autoComplete="current-password"
                visibilityToggleButtonProps={{ 'aria-label': 'Показать пароль' }}
                visibilityToggleFocusable
                {...form.getInputProps('password')}
              />
              {signIn.isError && <Notice tone="failed">{explain(signIn.error)}</Notice>}
              <Button type="submit" loading={signIn.isPending} fullWidth>
                Войти
              </Button>
            </Stack>
          </form>
        </div>
        {house.signIns && house.signIns.length > 0 && (
          <section className="card demo" aria-label="Учётные записи песочницы">
            <p className="small quiet">
              <SandboxBadge />
              Выберите, кем войти: поля заполнятся сами.
            </p>
            {house.signIns.map(({ login, password, role, organisation }) => (
              <UnstyledButton
                key={login}
                onClick={() => {
                  form.setValues({ username: login, password })
                  form.clearErrors()
                  signIn.reset()
                }}
              >
                <span>{role}</span>
                <span className="quiet small">{organisation}</span>
              </UnstyledButton>
            ))}
          </section>
        )}
      </div>
    </main>
  )
}
