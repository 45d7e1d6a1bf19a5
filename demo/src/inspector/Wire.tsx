import { useRoom, useStatus } from '../room'
import type { Mark } from './recorder'

interface Props {
  marks: readonly Mark[]
  position: string
  isCut: boolean
  onCut: (isCut: boolean) => void
}

// Wire is the connection of this window, with a switch to cut it.
export function Wire({ marks, position, isCut, onCut }: Props) {
  const room = useRoom()
  const status = useStatus()
  const [session, revision] = position.split('-')
  const turn = () => {
    if (isCut) room.connect().catch(() => {}) // it goes on trying, and the status says so
    else room.disconnect()
    onCut(!isCut)
  }
  return (
    <section aria-labelledby="wire-title" className="wire">
      <h3 id="wire-title">Position</h3>
      <button className="switch" role="switch" aria-checked={!isCut} onClick={turn}>Connection <i /></button>
      <p className="position" title="The position last seen: SESSION-REVISION">{position && <>{session}-<b>{revision}</b></>}</p>
      <p className={`told ${status} ${marks.some((mark) => mark.type === 'cut') ? 'back' : ''}`} role="status">
        {isCut ? CUT : status === 'stale' ? LOST : told(marks)}
      </p>
    </section>
  )
}

const CUT = 'Cut. The others go on, and nothing of it comes here. Change something in another window, then connect again.'
const LOST = 'No connection. It comes back by itself, and with it all that was missed.'

// told says what has come of the last cut.
function told(marks: readonly Mark[]): string {
  const cut = marks.findLastIndex((mark) => mark.type === 'cut')
  if (cut < 0) return 'Cut this window off, change something in another one, and connect again.'
  const missed = marks.slice(cut + 1).filter((mark) => mark.isMissed)
  if (missed.length === 0) return 'Back where it was. Nothing had changed, so nothing was sent.'
  if (missed[0]!.type === 'snapshot') return 'Back with a snapshot: too much has happened, or it was away for so long that it is a new peer.'
  const revisions = missed.reduce((sum, mark) => sum + mark.revisions, 0)
  return `Back where it was. The ${revisions === 1 ? 'one revision' : `${revisions} revisions`} that it had missed came at once.`
}
