import { useRef, type KeyboardEvent } from 'react'

export const TABS = { chat: 'Chat', links: 'Links', inspector: 'Inspector' } as const
export type Tab = keyof typeof TABS

interface Props {
  tab: Tab
  onChoose: (tab: Tab) => void
}

// Tabs choose what is beside the meeting where there is no room for everything.
// https://www.w3.org/WAI/ARIA/apg/patterns/tabs/: arrows move, and choose at once.
export function Tabs({ tab, onChoose }: Props) {
  const list = useRef<HTMLDivElement>(null)
  const names = Object.keys(TABS) as Tab[]
  const move = (event: KeyboardEvent) => {
    const now = names.indexOf(tab)
    const to = { ArrowRight: now + 1, ArrowLeft: now - 1 + names.length, Home: 0, End: names.length - 1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    const next = names[to % names.length]!
    onChoose(next)
    list.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus()
  }
  return (
    <div className="tabs" role="tablist" aria-label="Beside the meeting" ref={list} onKeyDown={move}>
      {names.map((name) => (
        <button key={name} id={`tab-${name}`} role="tab" aria-controls={`${name}-panel`} aria-selected={name === tab}
          tabIndex={name === tab ? 0 : -1} onClick={() => onChoose(name)}>
          {TABS[name]}
        </button>
      ))}
    </div>
  )
}
