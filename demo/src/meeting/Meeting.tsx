import type { CSSProperties } from 'react'
import { useNames, usePerson } from '../people'
import { Notice } from '../notice'
import { usePeers, useStatus } from '../room'
import { Bar } from './Bar'
import { useHands } from './hands'
import { Invite } from './Invite'
import { Pinned } from './Pinned'
import { useSpotlight } from './spotlight'
import { Tile } from './Tile'

const LOST = 'The server does not answer. This is how it was; it goes on by itself when the connection is back.'

// Meeting is what everybody sees alike: who is here, who is in the spotlight, whose
// hand is up, what is pinned.
export function Meeting({ isCut }: { isCut: boolean }) {
  const peers = usePeers()
  const nameOf = useNames()
  const personOf = usePerson()
  const hands = useHands()
  const spotlight = useSpotlight()
  const isLost = useStatus() === 'stale' && !isCut
  const invites = peers.length === 1 && !spotlight
  const shown = peers.length + (invites ? 1 : 0)
  const columns = Math.max(1, Math.ceil(Math.sqrt(shown)))
  const left = shown % columns
  const layout = ['tiles', spotlight && 'spot', shown === 1 && 'single', shown === 2 && 'pair', invites && 'alone'].filter(Boolean)
  return (
    <main className="meeting" aria-label="Meeting" tabIndex={-1}>
      <Pinned />
      <Notice />
      {isLost && <p className="lost" role="status">{LOST}</p>}
      <ul className={layout.join(' ')} aria-label="Who is here"
        style={{ '--columns': columns, '--others': Math.max(shown - 1, 1) } as CSSProperties}>
        {peers.map(({ id }, index) => <Tile key={id} id={id} {...personOf(id)} lit={id === spotlight} hand={hands.get(id)}
          start={left && index === shown - left ? columns - left + 1 : undefined} />)}
        {invites && <Invite />}
      </ul>
      <p className="unseen" role="status">{spotlight ? `${nameOf(spotlight)} is in the spotlight.` : ''}</p>
      <p className="unseen" role="status">{hands.size ? `Hands raised: ${[...hands.keys()].map(nameOf).join(', ')}.` : ''}</p>
      <Bar spotlight={spotlight} hands={hands} />
    </main>
  )
}
