import './forms.css'
import { Button, Group, Modal, PasswordInput, Stack } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { ApiProblem, call } from '../api/client.ts'
import { explain } from '../text/errors.ts'
import { focusMenuButton } from '../ui/return-focus.ts'
import { Notice } from '../ui/states.tsx'

// The same as passwordLength in contract/auth.ts, which the browser cannot import without zod.
const least = 8
const most = 128

export function ChangePassword({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      returnFocus={false}
      onExitTransitionEnd={focusMenuButton}
      title="Сменить пароль"
      closeButtonProps={{ 'aria-label': 'Закрыть' }}
    >
      <PasswordForm onClose={onClose} />
    </Modal>
  )
}

function PasswordForm({ onClose }: { onClose: () => void }) {
  const form = useForm({
    initialValues: { currentPassword: '', newPassword: '', again: '' },
    validate: {
      currentPassword: (value) => (value === '' ? 'Введите текущий пароль' : null),
      newPassword: (value) =>
        value.length < least ? `Не короче ${least} знаков` : value.length > most ? `Не длиннее ${most} знаков` : null,
      again: (value, values) => (value !== values.newPassword ? 'Пароли не совпадают' : null),
    },
  })
  const change = useMutation({
    mutationFn: ({ currentPassword, newPassword }: typeof form.values) =>
      call('changePassword', { body: { currentPassword, newPassword } }),
    onError: (error) => {
      if (error instanceof ApiProblem && error.code === 'wrong-password') form.setFieldError('currentPassword', explain(error))
    },
  })
  if (change.isSuccess) {
    return (
      <Stack>
        <Notice tone="done">Пароль изменён. На других устройствах нужно будет войти заново.</Notice>
        <Group>
          <Button onClick={onClose} data-autofocus>
            Закрыть
          </Button>
        </Group>
      </Stack>
    )
  }
  return (
    <form onSubmit={form.onSubmit((values) => change.mutate(values))}>
      <Stack>
        <PasswordInput
          label="Текущий пароль"
          autoComplete="current-password"
          data-autofocus
          visibilityToggleFocusable
          visibilityToggleButtonProps={{ 'aria-label': 'Показать текущий пароль' }}
          {...form.getInputProps('currentPassword')}
        />
        <PasswordInput
          label="Новый пароль"
          description={`Не короче ${least} знаков`}
          autoComplete="new-password"
          visibilityToggleFocusable
          visibilityToggleButtonProps={{ 'aria-label': 'Показать новый пароль' }}
          {...form.getInputProps('newPassword')}
        />
        <PasswordInput
          label="Новый пароль ещё раз"
          autoComplete="new-password"
          visibilityToggleFocusable
          visibilityToggleButtonProps={{ 'aria-label': 'Показать повтор пароля' }}
          {...form.getInputProps('again')}
        />
        {change.isError && !form.errors.currentPassword && <Notice tone="failed">{explain(change.error)}</Notice>}
        <Group>
          <Button type="submit" loading={change.isPending}>
            Сменить пароль
          </Button>
          <Button variant="default" onClick={onClose}>
            Отмена
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
