import { Icon } from '../icons'
import { useAct } from '../notice'
import { useMe, useRoom } from '../room'
import { handKey } from '../store'

// Bar is what one does about oneself.
export function Bar({ spotlight, hands }: { spotlight: string | undefined; hands: ReadonlyMap<string, number> }) {
  const room = useRoom()
  const act = useAct()
  const me = useMe()
  const raised = hands.has(me)
  const lit = spotlight === me
  const hand = () => act(() => room.set(handKey(me), raised ? undefined : true, { ephemeral: true }))
  const light = () => act(() => room.set('spotlight', lit ? undefined : me, { ephemeral: true }))
  return (
    <div className="bar" role="group" aria-label="You">
      <button className="button" aria-pressed={raised} onClick={hand}>
        <Icon name="hand" /> {raised ? 'Lower hand' : 'Raise hand'}
      </button>
      <button className="button" aria-pressed={lit} onClick={light}>
        <Icon name="lamp" /> Spotlight me
      </button>
      <button className="button leave" onClick={() => act(() => room.leave())}>
        <Icon name="leave" /> Leave
      </button>
    </div>
  )
}
