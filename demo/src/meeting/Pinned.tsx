import type { SyntheticEvent } from 'react'
import { Icon } from '../icons'
import { useNames } from '../people'
import { useEntry, useRoom } from '../room'
import { stepBack, useAct } from '../notice'
import { asText } from '../store'

// Pinned is what everybody should read. The live region stays when nothing is
// pinned: a screen reader tells only of changes within one that was there before.
export function Pinned() {
  const entry = useEntry('pinnedMessage')
  const room = useRoom()
  const nameOf = useNames()
  const act = useAct()
  const unpin = (event: SyntheticEvent) => {
    stepBack(event)
    void act(() => room.set('pinnedMessage'))
  }
  return (
    <div aria-live="polite">
      {entry && (
        <div className="pinned" key={entry.revision}>
          <Icon name="pin" size={20} />
          <p title={`Pinned by ${nameOf(entry.updated_by)}`}><span className="unseen">Pinned: </span>{asText(entry.value)}</p>
          <button className="icon" aria-label="Unpin" title="Unpin for everyone" onClick={unpin}>
            <Icon name="close" />
          </button>
        </div>
      )}
    </div>
  )
}
