// The first example of the original's documentation, with another import line.
import { useCallback } from 'react'
import { selectPeerNameByID, selectSessionStore, useHMSActions, useHMSStore, useHMSVanillaStore } from 'session-store-client/hms'
import { Box, CrossIcon, Flex, IconButton, PinIcon, Text } from './ui'

export const useSetPinnedMessage = () => {
  const hmsActions = useHMSActions()
  const vanillaStore = useHMSVanillaStore()
  const pinnedMessage = useHMSStore(selectSessionStore('pinnedMessage'))

  const setPinnedMessage = useCallback(
    async message => {
      const peerName = vanillaStore.getState(selectPeerNameByID(message?.sender)) || message?.senderName
      const newPinnedMessage = message ? (peerName ? `${peerName}: ${message.message}` : message.message) : null
      if (newPinnedMessage !== pinnedMessage) {
        await hmsActions.sessionStore.set('pinnedMessage', newPinnedMessage)
      }
    },
    [hmsActions, vanillaStore, pinnedMessage],
  )
  return { setPinnedMessage }
}

export const PinnedMessage = () => {
  const pinnedMessage = useHMSStore(selectSessionStore('pinnedMessage'))
  const { setPinnedMessage } = useSetPinnedMessage()

  return pinnedMessage ? (
    <Flex>
      <Box>
        <PinIcon />
      </Box>
      <Text variant="sm">{pinnedMessage}</Text>
      <IconButton onClick={() => setPinnedMessage()}>
        <CrossIcon />
      </IconButton>
    </Flex>
  ) : null
}
