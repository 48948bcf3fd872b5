/** The item that opened the window is gone with its menu: the focus goes back to what opened the menu. */
export function focusMenuButton(): void {
  const buttons = document.querySelectorAll<HTMLElement>('.frame > .menu .person-name, .topbar button')
  const seen = [...buttons].find((button) => button.getClientRects().length > 0)
  seen?.focus()
}
