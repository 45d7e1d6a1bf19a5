// What a peer looks like before anybody has told us anything about it: a friendly
// name, two letters and a colour.

const FIRST = ['Amber', 'Birch', 'Cedar', 'Coral', 'Fern', 'Flint', 'Hazel', 'Indigo', 'Juniper', 'Maple', 'Olive', 'Pearl', 'Rowan', 'Sage', 'Willow']
const LAST = ['Badger', 'Crane', 'Dolphin', 'Falcon', 'Finch', 'Fox', 'Heron', 'Lynx', 'Marten', 'Otter', 'Owl', 'Puffin', 'Raven', 'Seal', 'Wren']
const CALM = ['amber', 'bright', 'calm', 'clear', 'early', 'gentle', 'green', 'quiet', 'silver', 'slow', 'sunny', 'warm']
const PLACES = ['bay', 'bridge', 'brook', 'field', 'forest', 'garden', 'harbour', 'hill', 'lake', 'meadow', 'river', 'valley']

const pick = (words: readonly string[]) => words[Math.floor(Math.random() * words.length)]!

export const friendlyName = () => `${pick(FIRST)} ${pick(LAST)}`

// Two strangers who open the bare page should not meet by chance: 129,600 names.
export const friendlyRoom = () => `${pick(CALM)}-${pick(PLACES)}-${100 + Math.floor(Math.random() * 900)}`

// initials are of whole characters: half of an emoji is a question mark.
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean)
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => (word ? [...word][0]! : ''))
  return letters.join('').toUpperCase() || '?'
}

// So many hues can be told apart at a glance.
const HUES = 12
// From a taken hue to the next one to try: prime to HUES, so that all are tried, and far away.
const STEP = 5

// FNV-1a, since neighbouring ids should not be neighbouring colours.
function slotOf(id: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % HUES
}

const hueAt = (slot: number) => (slot * 360) / HUES

// hueOf is the colour of who is in no list of peers.
export const hueOf = (id: string): number => hueAt(slotOf(id))

// huesOf gives peers their colours, the same in every window: the one that the id
// says, and to who comes later the next that is free.
export function huesOf(ids: readonly string[]): Map<string, number> {
  const taken = new Set<number>()
  return new Map(ids.map((id) => {
    let slot = slotOf(id)
    while (taken.has(slot) && taken.size < HUES) slot = (slot + STEP) % HUES
    taken.add(slot)
    return [id, hueAt(slot)]
  }))
}
