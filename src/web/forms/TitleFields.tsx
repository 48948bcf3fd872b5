import { Button, TextInput } from '@mantine/core'
import { type ChatKind, chatKindNames, chatKinds } from '#contract/kinds.ts'
import { number } from '../text/plurals.ts'
import { fillSample, titleError, titleWords } from '../text/titles.ts'
import type { FieldsProps } from './RulesForm.tsx'

/** How chats are called, with what comes of it beside. */
export function TitleFields({ settings, known, onChange }: FieldsProps) {
  const change = (kind: ChatKind, template: string | undefined) => {
    const { [kind]: _, ...others } = settings.titles
    onChange({ ...settings, titles: template === undefined ? others : { ...others, [kind]: template } })
  }
  return (
    <section className="card">
      <h2>Как называются чаты</h2>
      <p>
        Слова {titleWords.join(', ')} подставятся сами; часть между дефисами, в которой ничего нет, пропадёт. Название, которое вы задали
        чату сами, остаётся.
      </p>
      <div className="pairs">
        {chatKinds.map((kind) => {
          const template = settings.titles[kind] ?? known.defaultTitles[kind]
          const filled = fillSample(template, known)
          return (
            <div key={kind}>
              <TextInput
                label={chatKindNames[kind]}
                value={template}
                error={titleError(template, known)}
                onChange={(event) => change(kind, event.currentTarget.value)}
              />
              <p className="small">
                Получится: «{filled}»{' '}
                <span className="quiet">
                  ({number(filled.length)} из {number(known.longestTitle)})
                </span>
              </p>
              {settings.titles[kind] !== undefined && (
                <Button variant="subtle" size="compact-sm" onClick={() => change(kind, undefined)}>
                  Как обычно
                </Button>
              )}
            </div>
          )
        })}
      </div>
    </section>
  )
}
