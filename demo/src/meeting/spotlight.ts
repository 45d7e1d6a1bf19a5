import { useEffect } from 'react'
import { useEntry, useMe, usePeers, useRoom, useStatus } from '../room'

// useSpotlight is the id of the peer in the spotlight, if it is here.
//
// The key is ephemeral, so the server removes it with the peer that has set it.
// That it also goes with the peer that it is about, is the job of the one who has
// set it: exactly one, and there for as long as the entry is. ifPosition keeps
// this from removing a spotlight that somebody has meanwhile set anew.
export function useSpotlight(): string | undefined {
  const room = useRoom()
  const entry = useEntry('spotlight')
  const peers = usePeers()
  const live = useStatus() === 'live'
  const me = useMe()
  const here = (id: unknown) => peers.some((peer) => peer.id === id)
  const orphan = entry && entry.updated_by === me && here(me) && !here(entry.value) ? entry : undefined

  useEffect(() => {
    if (!orphan || !live) return
    // Refused or unreachable: whoever has set it anew has the job, or the next render tries again.
    room.set('spotlight', undefined, { ifPosition: `${room.joined!.session}-${orphan.revision}` }).catch(() => {})
  }, [room, orphan, live])

  return entry && here(entry.value) ? entry.value : undefined
}
