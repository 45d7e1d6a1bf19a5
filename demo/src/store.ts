// The plan of the store: which keys this meeting has, what stands under them, and
// when they go. Everybody in the room may write anything under any key, by curl
// too, so what arrives is read here before anything is made of it.

export interface Store {
  // What somebody has said, with his name before it. It stays until it is unpinned.
  pinnedMessage: string
  // A peer id. Ephemeral: it goes with the peer that has set it. That peer also
  // removes it when the one in the spotlight goes (see meeting/spotlight.ts).
  spotlight: string
  // One value that several change at once: always through update, never set.
  usefulLinks: string[]
  // A raised hand, one key a peer. Ephemeral; the revision says who was first.
  [hand: `hand.${string}`]: true
  // Another name than the one that a peer has joined with. Ephemeral.
  [name: `name.${string}`]: string
  // What was said, on CHAT_PLACES places that are used in turn: chat would outgrow
  // a store of 100 keys, and is nobody's long memory. Each goes by itself after
  // CHAT_TTL, and outlives who has said it.
  [chat: `chat.${string}`]: Message
}

// A message says who has written it by name: who has left is in no list of peers.
export interface Message {
  from: string
  text: string
}

// 24 of the 100 keys; with hands and names there is room for some 30 peers.
export const CHAT_PLACES = 24
export const CHAT_TTL = 600

export type ChatKey = `chat.${string}`
export const chatKey = (place: number): ChatKey => `chat.${String(place).padStart(2, '0')}`
export const handKey = (peer: string) => `hand.${peer}` as const
export const nameKey = (peer: string) => `name.${peer}` as const

// All that this page observes: the inspector everything, the others what they show.
export const OBSERVED = ['*', 'chat.*', 'hand.*', 'name.*', 'pinnedMessage', 'spotlight', 'usefulLinks'] as const

// asText shows any JSON.
export const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value) ?? '')

export function asMessage(value: unknown): Message {
  const { from, text } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  return typeof text === 'string' ? { from: asText(from ?? '?'), text } : { from: '?', text: asText(value) }
}

export const asLinks = (value: unknown): string[] => (Array.isArray(value) ? value.map(asText) : value === undefined ? [] : [asText(value)])

// webAddress makes an address of what somebody has typed; undefined is none. Only
// these two schemes: javascript: would run in the page of everybody who clicks.
export function webAddress(text: string): URL | undefined {
  const typed = text.trim()
  if (!typed || /\s/.test(typed)) return undefined
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`
  const url = URL.canParse(address) ? new URL(address) : undefined
  return url && /^https?:$/.test(url.protocol) && (url.hostname.includes('.') || url.hostname === 'localhost') ? url : undefined
}
