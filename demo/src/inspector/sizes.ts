import type { Entry } from '../room'

const encoder = new TextEncoder()
const bytes = (text: string) => encoder.encode(text).length

// valueBytes is what the server counts: the value as compact JSON.
export const valueBytes = (value: unknown): number => bytes(JSON.stringify(value) ?? '')

export interface Sizes {
  largest: number
  keys: number
  total: number
}

export function sizesOf(entries: readonly Entry[]): Sizes {
  const values = entries.map((entry) => valueBytes(entry.value))
  return {
    largest: Math.max(0, ...values),
    keys: entries.length,
    total: entries.reduce((sum, entry, index) => sum + bytes(entry.key) + values[index]!, 0),
  }
}
