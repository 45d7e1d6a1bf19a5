import { renderToString } from 'react-dom/server'
import { expect, test } from 'vitest'
import { HMSReactiveStore, HMSRoomProvider, selectIsConnectedToRoom, selectPeers, selectSessionStore, useHMSStore } from 'session-store-client/hms'
import { RoomProvider, useEntries, useEntry, usePeers, useRoom, useStatus, useValue } from 'session-store-client/react'

const nobody = () => Promise.reject(new Error('there is no network in a server rendering'))

test('a server renders what there is before the join, and calls nobody', () => {
  const Inside = () => (
    <p>
      {JSON.stringify([useRoom().status, useStatus(), useValue('a'), useEntry('a'), useEntries('*'), usePeers()])}
    </p>
  )
  let calls = 0
  const fetch = () => (calls++, nobody())
  const html = renderToString(
    <RoomProvider url="http://store" room="r" fetch={fetch}>
      <Inside />
    </RoomProvider>,
  )
  expect(html).toBe('<p>[&quot;connecting&quot;,&quot;connecting&quot;,null,null,[],[]]</p>')
  expect(calls).toBe(0)
})

test('under the names of the original too', () => {
  const Inside = () => (
    <p>{JSON.stringify([useHMSStore(selectIsConnectedToRoom), useHMSStore(selectPeers), useHMSStore(selectSessionStore('a')) ?? 'none'])}</p>
  )
  const html = renderToString(
    <HMSRoomProvider hms={new HMSReactiveStore()}>
      <Inside />
    </HMSRoomProvider>,
  )
  expect(html).toBe('<p>[false,[],&quot;none&quot;]</p>')
})

test('a hook outside of a provider says so', () => {
  const Lost = () => <p>{String(useValue('a'))}</p>
  expect(() => renderToString(<Lost />)).toThrow('there is no RoomProvider around this component')
})
