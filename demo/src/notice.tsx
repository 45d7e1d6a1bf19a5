// What the server refuses is said where it happened, in words, and goes with the
// next thing that works.
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode, type SyntheticEvent } from 'react'
import { Icon } from './icons'
import { kindly } from './kindly'

type Act = (step: () => Promise<unknown>) => Promise<boolean>

interface Notices {
  text: string
  act: Act
  dismiss: () => void
}

const Context = createContext<Notices>({ text: '', act: async () => false, dismiss: () => {} })

export function WithNotices({ children }: { children: ReactNode }) {
  const [text, setText] = useState('')
  const act = useCallback<Act>(async (step) => {
    try {
      await step()
      setText('')
      return true
    } catch (error) {
      setText(kindly(error))
      return false
    }
  }, [])
  const notices = useMemo(() => ({ text, act, dismiss: () => setText('') }), [text, act])
  return <Context value={notices}>{children}</Context>
}

// stepBack moves the focus to the region around a button that removes itself: else the
// keyboard would begin at the top of the page again.
export function stepBack({ currentTarget }: SyntheticEvent): void {
  currentTarget.parentElement?.closest<HTMLElement>('[tabindex]')?.focus({ preventScroll: true })
}

// useAct does a step and says whether it has worked; if not, the notice says why.
export const useAct = () => useContext(Context).act

export function Notice() {
  const { text, dismiss } = useContext(Context)
  return (
    <div role="alert">
      {text && (
        <div className="notice">
          <p>{text}</p>
          <button className="icon" aria-label="Dismiss" onClick={dismiss}><Icon name="close" /></button>
        </div>
      )}
    </div>
  )
}
