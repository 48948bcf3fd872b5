import { Menu, UnstyledButton } from '@mantine/core'
import {
  IconBrandVk,
  IconChevronDown,
  IconExternalLink,
  IconKey,
  IconLogout,
  IconMessages,
  IconPlugConnected,
  IconSchool,
} from '@tabler/icons-react'
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { Link, useLocation, useNavigate } from '@tanstack/react-router'
import { can } from '#contract/can.ts'
import { call } from '../api/client.ts'
import { houseQuery, meQuery } from '../api/queries.ts'
import { endSession } from '../api/session.ts'
import { explain } from '../text/errors.ts'
import { fullName, initials } from '../text/names.ts'
import { SandboxBadge } from './SandboxBadge.tsx'
import { Notice } from './states.tsx'

type Props = { onChangePassword: () => void }

export function MenuContents({ onChangePassword }: Props) {
  const { data: me } = useSuspenseQuery(meQuery)
  const { data: house } = useSuspenseQuery(houseQuery)
  const administers = me.organisations.some((organisation) => can.manageChats(organisation.roles))
  return (
    <div className="menu-inside">
      <div className="portrait" aria-hidden>
        {initials(me.person)}
      </div>
      <PersonMenu name={fullName(me.person)} onChangePassword={onChangePassword} />
      <p className="menu-organisation folds">{me.organisation.name}</p>
      <Link to="/" className="menu-link" title="Мои чаты" activeOptions={{ exact: true, includeSearch: false }}>
        <IconMessages size={20} aria-hidden />
        <span className="folds">Мои чаты</span>
      </Link>
      {administers && (
        <>
          <p className="menu-section folds">Администрирование</p>
          <SferumLink schools={me.organisations.filter((organisation) => organisation.kind === 'school')} />
        </>
      )}
      <div className="menu-foot">
        {house.messengerUrl && (
          <a className="menu-link" href={house.messengerUrl} target="_blank" rel="noreferrer" title="Откроется в новой вкладке">
            <IconBrandVk size={20} aria-hidden />
            <span className="folds">VK Мессенджер</span>
            <IconExternalLink size={15} className="folds quiet" aria-hidden />
          </a>
        )}
        <SandboxBadge />
      </div>
    </div>
  )
}

/** An administrator of one school goes straight to it; an operator chooses first. */
function SferumLink({ schools }: { schools: { id: string }[] }) {
  const inSchool = useLocation().pathname.endsWith('/sferum')
  const inside = (
    <>
      <IconSchool size={20} aria-hidden />
      <span className="folds">Сферум</span>
    </>
  )
  const [only] = schools.length === 1 ? schools : []
  return only ? (
    <Link
      to="/organisations/$org/sferum"
      params={{ org: only.id }}
      className="menu-link"
      title="Сферум"
      activeOptions={{ includeSearch: false }}
    >
      {inside}
    </Link>
  ) : (
    <Link to="/sferum" className="menu-link" title="Сферум" data-status={inSchool ? 'active' : undefined}>
      {inside}
    </Link>
  )
}

function PersonMenu({ name, onChangePassword }: Props & { name: string }) {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const openSystems = () => navigate({ to: '.', search: (search: object) => ({ ...search, systems: 'open' as const }) })
  const signOut = useMutation({
    mutationFn: () => call('signOut'),
    onSuccess: () => endSession(queryClient, () => navigate({ to: '/sign-in' })),
  })
  return (
    <>
      <Menu width={224} position="bottom" withinPortal={false} floatingStrategy="fixed" withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <UnstyledButton className="person-name" aria-label={`${name}: меню пользователя`}>
            <span className="folds">{name}</span>
            <IconChevronDown size={16} aria-hidden />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item data-autofocus leftSection={<IconPlugConnected size={18} aria-hidden />} onClick={() => void openSystems()}>
            Внешние системы
          </Menu.Item>
          <Menu.Item leftSection={<IconKey size={18} aria-hidden />} onClick={onChangePassword}>
            Сменить пароль
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout size={18} aria-hidden />} onClick={() => signOut.mutate()}>
            Выйти
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {signOut.isError && <Notice tone="failed">{explain(signOut.error)} Вы ещё в системе.</Notice>}
    </>
  )
}
