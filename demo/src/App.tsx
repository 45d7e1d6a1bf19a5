import { useEffect, useState } from 'react'
import type { Reason } from 'session-store-client'
import { roomName } from './address'
import { Gate } from './Gate'
import { Header } from './Header'
import { Inspector } from './inspector/Inspector'
import { kindly } from './kindly'
import { Meeting } from './meeting/Meeting'
import { WithNotices } from './notice'
import { People } from './people'
import { RoomProvider, useRoom, useStatus } from './room'
import { type Tab, Tabs } from './Tabs'
import { Chat } from './talk/Chat'
import { Links } from './talk/Links'
import { enter, type Visit } from './visit'

// App is one visit after the other.
export function App() {
  const [visit, setVisit] = useState(() => enter())
  return (
    <RoomProvider room={visit.room}>
      <Door visit={visit} onEnter={(jwt) => setVisit(enter(jwt))} />
    </RoomProvider>
  )
}

interface DoorProps {
  visit: Visit
  onEnter: (jwt?: string) => void
}

// Door shows the meeting to who is in it, and to others why they are not.
function Door({ visit, onEnter }: DoorProps) {
  const room = useRoom()
  const status = useStatus()
  const [fault, setFault] = useState<unknown>()
  // Also draws it when the join is answered: the status may still be the same then.
  const [, setTried] = useState<Visit>()
  useEffect(() => {
    let isOver = false
    setFault(undefined)
    visit.fault.then((fault) => { if (!isOver) { setFault(fault); setTried(visit) } })
    return () => { isOver = true }
  }, [visit])

  if (status === 'ended') return <Ended reason={room.reason} error={room.error} onEnter={onEnter} />
  if (room.joined) return <Inside visit={visit} />
  if (!fault) return <p className="unseen" role="status">Joining {roomName}…</p>
  return <Gate title="Not in yet" why={`${kindly(fault)} This page tries again by itself.`} />
}

// Inside is the whole of the page for who is in the room.
function Inside({ visit }: { visit: Visit }) {
  const [tab, setTab] = useState<Tab>('chat')
  // By the switch of the inspector: then nothing comes back by itself.
  const [isCut, setCut] = useState(false)
  return (
    <WithNotices>
      <People>
        <div className="app" data-tab={tab}>
          <Header isCut={isCut} />
          <Meeting isCut={isCut} />
          <div className="talk"><Chat /><Links /></div>
          <Inspector recorder={visit.recorder} isCut={isCut} onCut={setCut} />
          <Tabs tab={tab} onChoose={setTab} />
        </div>
      </People>
    </WithNotices>
  )
}

const ENDS: Record<Exclude<Reason, 'refused'>, string> = {
  left: 'Your hand is down, and a spotlight that you have set is off. What you have pinned and linked stays for the others.',
  kicked: 'Somebody who may has put you out of the room.',
  timeout: 'This window was silent for too long, and the server has let it go.',
  session_over: 'The last one has left, and everything is cleared.',
  expired: 'Your JWT has ended. A fresh one lets you in again.',
}

function Ended({ reason = 'left', error, onEnter }: { reason: Reason | undefined; error: unknown; onEnter: (jwt?: string) => void }) {
  const again = { label: 'Join again', onClick: () => onEnter() }
  if (reason !== 'refused') {
    const onToken = reason === 'expired' ? onEnter : undefined
    return <Gate title={`You are not in “${roomName}” any more`} why={ENDS[reason]} again={again} onToken={onToken} />
  }
  const code = (error as { code?: string } | undefined)?.code
  if (code === 'unauthorized') {
    return (
      <Gate title="This server asks who you are" onToken={onEnter}
        why={`It runs with --join-secret or --join-jwks: a join wants a JWT that your application has signed, \
with the claims "exp" and "room": "${roomName}". Paste one here.`} />
    )
  }
  return <Gate title={`The room “${roomName}” cannot be joined`} why={kindly(error)} again={code === 'invalid_request' ? undefined : again} />
}
