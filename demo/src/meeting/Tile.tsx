import { useState } from 'react'
import { Icon } from '../icons'
import { initials } from '../names'
import { useAct } from '../notice'
import { hued } from '../people'
import { useMe, useRoom } from '../room'
import { Rename } from './Rename'

interface Props {
  id: string
  name: string
  hue: number
  lit: boolean
  hand: number | undefined // the how manieth one
  start: number | undefined // the column to begin at, where a row is not full
}

// Tile is one peer.
export function Tile({ id, name, hue, lit, hand, start }: Props) {
  const room = useRoom()
  const act = useAct()
  const [renaming, setRenaming] = useState(false)
  const mine = id === useMe()
  const spotlight = () => act(() => room.set('spotlight', lit ? undefined : id, { ephemeral: true }))
  return (
    <li className={`tile hued ${lit ? 'lit' : ''}`} data-peer={id} style={hued(hue, { '--start': start })}>
      <span className="face" aria-hidden="true">{initials(name)}</span>
      {renaming ? <Rename name={name} onDone={() => setRenaming(false)} /> : (
        <p className="who">
          <span>{name}{mine && <small> (you)</small>}</span>
          {lit && <span className="unseen">, in the spotlight</span>}
        </p>
      )}
      {hand !== undefined && <p className="hand"><Icon name="hand" /><span className="unseen">Hand raised, number </span>{hand}</p>}
      <div className="acts">
        {mine && (
          <button className="icon" aria-label="Change your name" title="Change your name" onClick={() => setRenaming(true)}>
            <Icon name="pencil" size={15} />
          </button>
        )}
        <button className="icon" aria-pressed={lit} aria-label={`Spotlight ${name} for everyone`}
          title={lit ? 'Remove from the spotlight' : 'Spotlight for everyone'} onClick={spotlight}>
          <Icon name="lamp" />
        </button>
      </div>
    </li>
  )
}
