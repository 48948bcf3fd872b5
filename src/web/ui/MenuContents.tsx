import { Menu, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconBrandVk, IconChevronDown, IconKey, IconLogout, IconMessages, IconPlugConnected, IconSchool } from '@tabler/icons-react'
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { can } from '#contract/can.ts'
import { call } from '../api/client.ts'
import { houseQuery, meQuery } from '../api/queries.ts'
import { ChangePassword } from '../forms/ChangePassword.tsx'
import { initials } from '../text/names.ts'
import { SandboxBadge } from './SandboxBadge.tsx'

export function MenuContents() {
  const { data: me } = useSuspenseQuery(meQuery)
  const { data: house } = useSuspenseQuery(houseQuery)
  const administers = me.organisations.some((organisation) => can.manageChats(organisation.roles))
  return (
    <div className="menu-inside">
      <div className="portrait" aria-hidden>
        {initials(me.person)}
      </div>
      <PersonMenu name={`${me.person.surname} ${me.person.givenName}`} />
      <p className="menu-organisation folds">{me.organisation.name}</p>
      <Link to="/" className="menu-link" activeOptions={{ exact: true, includeSearch: false }}>
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
          <a className="menu-link small" href={house.messengerUrl} target="_blank" rel="noreferrer">
            <IconBrandVk size={20} aria-hidden />
            <span className="folds">VK Мессенджер песочницы</span>
          </a>
        )}
        <span className="folds">
          <SandboxBadge />
        </span>
      </div>
    </div>
  )
}

/** An administrator of one school goes straight to it; an operator chooses first. */
function SferumLink({ schools }: { schools: { id: string }[] }) {
  const inside = (
    <>
      <IconSchool size={20} aria-hidden />
      <span className="folds">Сферум</span>
    </>
  )
  const [only] = schools.length === 1 ? schools : []
  return only ? (
    <Link to="/organisations/$org/sferum" params={{ org: only.id }} className="menu-link" activeOptions={{ includeSearch: false }}>
      {inside}
    </Link>
  ) : (
    <Link to="/sferum" className="menu-link">
      {inside}
    </Link>
  )
}

function PersonMenu({ name }: { name: string }) {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const [changing, password] = useDisclosure(false)
  const openSystems = () => navigate({ to: '.', search: (search: object) => ({ ...search, systems: 'open' as const }) })
  const signOut = async () => {
    await call('signOut').catch(() => undefined)
    queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== 'house' })
    await navigate({ to: '/sign-in' })
  }
  return (
    <>
      <Menu width={224} position="bottom" withArrow>
        <Menu.Target>
          <UnstyledButton className="person-name" aria-label={`${name}: меню пользователя`}>
            <span className="folds">{name}</span>
            <IconChevronDown size={16} aria-hidden />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPlugConnected size={18} aria-hidden />} onClick={() => void openSystems()}>
            Внешние системы
          </Menu.Item>
          <Menu.Item leftSection={<IconKey size={18} aria-hidden />} onClick={password.open}>
            Сменить пароль
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout size={18} aria-hidden />} onClick={() => void signOut()}>
            Выйти
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ChangePassword opened={changing} onClose={password.close} />
    </>
  )
}
