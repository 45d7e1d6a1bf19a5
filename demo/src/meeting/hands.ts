import { useEntries, usePeers } from '../room'

// useHands says who of those here has raised a hand, and as which one: the revision is
// the order in which the server has seen them, the same for everybody.
export function useHands(): Map<string, number> {
  const peers = usePeers()
  const raised = useEntries('hand.*')
    .map(({ key, revision }) => ({ id: key.slice('hand.'.length), revision }))
    .filter(({ id }) => peers.some((peer) => peer.id === id))
    .sort((a, b) => a.revision - b.revision)
  return new Map(raised.map(({ id }, index) => [id, index + 1]))
}
