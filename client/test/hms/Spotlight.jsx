// The second example of the original's documentation, with another import line. Tracks are not the session store's: here
// each peer has one, with the peer's id before it.
import { selectPeers, selectSessionStore, useHMSActions, useHMSStore } from 'session-store-client/hms'
import { StarIcon, StyledMenuTile, VideoTile } from './ui'

export const videoOf = peer => `${peer.id}/video`

const isSameTile = ({ trackId, videoTrackID, audioTrackID }) =>
  trackId && ((videoTrackID && videoTrackID === trackId) || (audioTrackID && audioTrackID === trackId))

// render it in your tile menu
export const SpotlightActions = ({ audioTrackID, videoTrackID }) => {
  const hmsActions = useHMSActions()
  const spotlightTrackId = useHMSStore(selectSessionStore('spotlight'))
  const isTileSpotlighted = isSameTile({
    trackId: spotlightTrackId,
    videoTrackID,
    audioTrackID,
  })

  const setSpotlightTrackId = trackId => hmsActions.sessionStore.set('spotlight', trackId)

  return (
    <StyledMenuTile.ItemButton
      onClick={() => (isTileSpotlighted ? setSpotlightTrackId() : setSpotlightTrackId(videoTrackID || audioTrackID))}
    >
      <StarIcon />
      <span>{isTileSpotlighted ? 'Remove from Spotlight' : 'Spotlight Tile for everyone'}</span>
    </StyledMenuTile.ItemButton>
  )
}

export const CenterStageView = () => {
  const spotlightTrackId = useHMSStore(selectSessionStore('spotlight'))
  const peers = useHMSStore(selectPeers) || []
  const spotlightPeer = peers.find(peer => videoOf(peer) === spotlightTrackId)

  if (peers.length === 0) {
    return null
  }
  const showSidePane = spotlightPeer && peers.length > 1
  return (
    <div>
      {spotlightPeer && <VideoTile stage key={spotlightTrackId} peer={spotlightPeer} />}
      {showSidePane && peers.filter(peer => peer.id !== spotlightPeer.id).map(peer => <VideoTile key={peer.id} peer={peer} />)}
    </div>
  )
}
