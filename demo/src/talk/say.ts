import { ConflictError } from 'session-store-client'
import type { MeetingRoom } from '../room'
import { CHAT_PLACES, CHAT_TTL, chatKey, type Message } from '../store'

// say puts a message on the place after the newest one. Of two who speak at once,
// the second finds the place changed, and takes the next: nobody is spoken over.
export async function say(room: MeetingRoom, message: Message): Promise<void> {
  const said = room.entries('chat.*').toSorted((a, b) => b.revision - a.revision)
  let place = said[0] ? Number(said[0].key.slice('chat.'.length)) || 0 : CHAT_PLACES - 1
  for (let tries = 0; tries < CHAT_PLACES; tries++) {
    place = (place + 1) % CHAT_PLACES
    try {
      await room.set(chatKey(place), message, { ttl: CHAT_TTL, ifPosition: room.position(chatKey(place)) })
      return
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
    }
  }
  throw new Error('Everybody speaks at once. Say it again.')
}
