// A conference with the two examples in it: ?url=&room=&name= say which.
import { StrictMode, useEffect } from 'react'
import { createRoot } from 'react-dom/client'
import { HMSRoomProvider, selectIsConnectedToRoom, selectLocalPeer, selectPeers, useHMSActions, useHMSStore } from 'session-store-client/hms'
import { PinnedMessage, useSetPinnedMessage } from './PinnedMessage'
import { CenterStageView, SpotlightActions, videoOf } from './Spotlight'

const { url, room, name } = Object.fromEntries(new URLSearchParams(location.search))

const Conference = () => {
  const hmsActions = useHMSActions()
  const isConnected = useHMSStore(selectIsConnectedToRoom)
  useEffect(() => {
    if (isConnected) {
      hmsActions.sessionStore.observe(['pinnedMessage', 'spotlight'])
    }
  }, [hmsActions, isConnected])
  return (
    <main className={isConnected ? 'connected' : ''}>
      <PinnedMessage />
      <Chat />
      <CenterStageView />
      <Menu />
    </main>
  )
}

const Chat = () => {
  const { setPinnedMessage } = useSetPinnedMessage()
  const me = useHMSStore(selectLocalPeer)
  return <button onClick={() => setPinnedMessage({ sender: me.id, message: 'Notes are in the wiki' })}>Pin</button>
}

const Menu = () => {
  const peers = useHMSStore(selectPeers)
  return (
    <ul>
      {peers.map(peer => (
        <li key={peer.id} className="tile">
          {peer.name} {peer.isLocal && '(you)'} <SpotlightActions videoTrackID={videoOf(peer)} />
        </li>
      ))}
    </ul>
  )
}

const App = () => {
  const hmsActions = useHMSActions()
  return (
    <>
      <button onClick={() => hmsActions.join({ url, room, userName: name })}>Join</button>
      <button onClick={() => hmsActions.leave()}>Leave</button>
      <Conference />
    </>
  )
}

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <HMSRoomProvider>
      <App />
    </HMSRoomProvider>
  </StrictMode>,
)
