import { useEffect, useRef, type FormEvent } from 'react'
import { seat } from '../seat'
import { useAct } from '../notice'
import { useMe, useRoom } from '../room'
import { nameKey } from '../store'

// Rename is the name on one's own tile while one changes it. Enter takes it, Escape does not.
export function Rename({ name, onDone }: { name: string; onDone: () => void }) {
  const room = useRoom()
  const me = useMe()
  const act = useAct()
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.select(), [])
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const wanted = field.current!.value.trim()
    if (!wanted || wanted === name || await act(() => room.set(nameKey(me), wanted, { ephemeral: true }))) {
      if (wanted) seat.typedName = wanted
      onDone()
    }
  }
  return (
    <form className="rename" onSubmit={submit}>
      <input ref={field} className="field" aria-label="Your name" defaultValue={name} maxLength={64} autoComplete="off"
        onKeyDown={(event) => { if (event.key === 'Escape') onDone() }} />
    </form>
  )
}
