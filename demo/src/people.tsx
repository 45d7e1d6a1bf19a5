import { createContext, useContext, useState, type CSSProperties, type ReactNode } from 'react'
import { hueOf, huesOf } from './names'
import { useEntries, usePeers } from './room'
import { asText } from './store'

interface Person {
  name: string
  hue: number
}

const Context = createContext((id: string): Person => ({ name: id, hue: hueOf(id) }))

// People remembers every peer that was seen: who has gone is still named, in his
// colour, at what he has written.
export function People({ children }: { children: ReactNode }) {
  const peers = usePeers()
  const taken = useEntries('name.*')
  const [known] = useState(() => new Map<string, Person>())
  const hues = huesOf(peers.map(({ id }) => id))
  for (const { id, name } of peers) known.set(id, { name: name || id, hue: hues.get(id)! })
  for (const { key, value } of taken) {
    const id = key.slice('name.'.length)
    known.set(id, { name: asText(value), hue: known.get(id)?.hue ?? hueOf(id) })
  }
  return <Context value={(id) => known.get(id) ?? { name: id, hue: hueOf(id) }}>{children}</Context>
}

// usePerson says how a peer looks, by its id.
export const usePerson = () => useContext(Context)

// useNames gives the name of a peer: the one that it has taken, else the one that it
// has joined with.
export function useNames(): (id: string) => string {
  const personOf = usePerson()
  return (id) => personOf(id).name
}

// hued is the style of what is somebody's.
export const hued = (hue: number, more: Record<string, string | number | undefined> = {}) => ({ '--hue': hue, ...more }) as CSSProperties
