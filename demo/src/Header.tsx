import { roomName } from './address'
import { CopyLink, SecondWindow } from './meeting/Invite'
import { usePeers, useStatus } from './room'

const WORDS = { connecting: 'Connecting…', live: 'Live', stale: 'Reconnecting…', ended: 'Ended' } as const

export function Header({ isCut }: { isCut: boolean }) {
  const status = useStatus()
  const alone = usePeers().length < 2
  return (
    <header className="top">
      <span className="mark" aria-hidden="true" />
      <h1>Session Store</h1>
      <p className="what">One small store that everyone in the room shares</p>
      <p className="room"><span className="label">Room</span> <b>{roomName}</b></p>
      <span className="status" role="status" data-status={status}>{isCut ? 'Cut off' : WORDS[status]}</span>
      <CopyLink />
      {!alone && <SecondWindow quiet />}
    </header>
  )
}
