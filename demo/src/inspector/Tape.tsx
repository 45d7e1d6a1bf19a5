import { hued, usePerson } from '../people'
import type { Mark } from './recorder'

// Tape is the events at one glance: a mark each, in the colour of who has written,
// wider if it carries several revisions; and a tear where the connection was cut.
// The list of events says the same in words.
export function Tape({ marks }: { marks: readonly Mark[] }) {
  const personOf = usePerson()
  return (
    <div className="tape" aria-hidden="true">
      {marks.map((mark) => (
        <i key={mark.number} className={`hued ${mark.type} ${mark.isMissed ? 'missed' : ''}`}
          style={hued(personOf(mark.writer).hue, mark.revisions > 1 ? { width: Math.min(4 + mark.revisions * 4, 60) } : {})} />
      ))}
    </div>
  )
}
