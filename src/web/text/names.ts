type Name = { surname: string; givenName: string; patronymic: string }

export const fullName = ({ surname, givenName, patronymic }: Name): string => [surname, givenName, patronymic].filter(Boolean).join(' ')

/** «КВ» for the picture. */
export const initials = ({ surname, givenName }: Pick<Name, 'surname' | 'givenName'>): string =>
  `${surname.slice(0, 1)}${givenName.slice(0, 1)}`.toUpperCase()
