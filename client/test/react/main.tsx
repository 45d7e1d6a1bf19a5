// A page with the hooks, in StrictMode: ?url=&room=&name=&token= say how to join. What it does is counted on window.
import { StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { hooksFor } from 'session-store-client/react'

interface Store {
  pinnedMessage: string
  spotlight: { id: string }
  [hand: `hand.${string}`]: boolean
}

const { RoomProvider, useEntry, useEntries, usePeers, useRoom, useStatus, useValue } = hooksFor<Store>()

const { url = '', room = '', name } = Object.fromEntries(new URLSearchParams(location.search))
const draws: Record<string, number> = {}
const count = (what: string) => (draws[what] = (draws[what] ?? 0) + 1)
Object.assign(window, { draws })

function Pinned({ id }: { id: string }) {
  count(id)
  return <p id={id}>{useValue('pinnedMessage') ?? 'nothing'}</p>
}

function Spotlight() {
  count('spotlight')
  const spotlight = useValue('spotlight')
  const entry = useEntry('spotlight')
  return (
    <p id="spotlight">
      {spotlight?.id ?? 'nobody'} {entry?.revision}
    </p>
  )
}

function Inside() {
  const room = useRoom()
  const [shown, show] = useState(['one', 'two'])
  Object.assign(window, { room, show })
  return (
    <main id={useStatus()}>
      {shown.map(id => (
        <Pinned key={id} id={id} />
      ))}
      <Spotlight />
      <p id="hands">{useEntries('hand.*').map(({ key }) => key).join()}</p>
      <p id="peers">{usePeers().map(({ name }) => name).join()}</p>
    </main>
  )
}

function App() {
  const [isIn, enter] = useState(true)
  const [where, go] = useState(room)
  Object.assign(window, { enter, go })
  return isIn ? (
    <RoomProvider url={url} room={where} name={name} token={sessionStorage.token} leaveOnPageHide={name !== 'Reloader'}>
      <Inside />
    </RoomProvider>
  ) : (
    'outside'
  )
}

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
