import './frame.css'
import { Burger, Drawer } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Outlet, useLocation } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useState } from 'react'
import { ExternalSystems } from '../forms/ExternalSystems.tsx'
import { MenuContents } from './MenuContents.tsx'
import { SandboxBadge } from './SandboxBadge.tsx'

// Few come for it: the first page does without.
const ChangePassword = lazy(() => import('../forms/ChangePassword.tsx').then((file) => ({ default: file.ChangePassword })))

/** The left menu and the page; on a phone the menu is behind the burger. */
export function Frame() {
  const [opened, drawer] = useDisclosure(false)
  const [changing, password] = useDisclosure(false)
  const [asked, setAsked] = useState(false)
  const { href } = useLocation()
  // biome-ignore lint/correctness/useExhaustiveDependencies: another address was chosen in the drawer, so it has done its work.
  useEffect(() => drawer.close(), [href])
  const changePassword = () => {
    drawer.close()
    setAsked(true)
    password.open()
  }
  return (
    <div className="frame">
      <a className="skip" href="#page">
        К содержанию
      </a>
      <section className="topbar" aria-label="Верхняя панель">
        <Burger opened={opened} onClick={drawer.toggle} size="sm" aria-label="Открыть меню" />
        <strong>АйТи Школа</strong>
        <span className="topbar-badge">
          <SandboxBadge />
        </span>
      </section>
      <nav className="menu" aria-label="Главное меню">
        <MenuContents onChangePassword={changePassword} />
      </nav>
      <Drawer opened={opened} onClose={drawer.close} size={288} title="АйТи Школа" closeButtonProps={{ 'aria-label': 'Закрыть меню' }}>
        <nav aria-label="Главное меню">
          <MenuContents onChangePassword={changePassword} />
        </nav>
      </Drawer>
      <main className="page" id="page" tabIndex={-1}>
        <Outlet />
      </main>
      <ExternalSystems />
      {asked && (
        <Suspense>
          <ChangePassword opened={changing} onClose={password.close} />
        </Suspense>
      )}
    </div>
  )
}
