import { Burger, Drawer } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Outlet, useLocation } from '@tanstack/react-router'
import { useEffect } from 'react'
import { ExternalSystems } from '../forms/ExternalSystems.tsx'
import { MenuContents } from './MenuContents.tsx'
import { SandboxBadge } from './SandboxBadge.tsx'

/** The left menu and the page; on a phone the menu is behind the burger. */
export function Frame() {
  const [opened, drawer] = useDisclosure(false)
  const { pathname } = useLocation()
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page was chosen in the drawer, so it has done its work.
  useEffect(() => drawer.close(), [pathname])
  return (
    <div className="frame">
      <a className="skip" href="#page">
        К содержанию
      </a>
      <header className="topbar">
        <Burger opened={opened} onClick={drawer.toggle} size="sm" aria-label={opened ? 'Закрыть меню' : 'Открыть меню'} />
        <strong>АйТи Школа</strong>
        <span className="topbar-badge">
          <SandboxBadge />
        </span>
      </header>
      <nav className="menu" aria-label="Главное меню">
        <MenuContents />
      </nav>
      <Drawer opened={opened} onClose={drawer.close} size={288} title="Меню" closeButtonProps={{ 'aria-label': 'Закрыть меню' }}>
        <nav aria-label="Главное меню">
          <MenuContents />
        </nav>
      </Drawer>
      <main className="page" id="page" tabIndex={-1}>
        <Outlet />
      </main>
      <ExternalSystems />
    </div>
  )
}
