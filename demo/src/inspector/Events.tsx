import { exactTimeOf } from '../time'
import type { Mark } from './recorder'

// Events is what the stream has brought, as it came, newest first.
export function Events({ marks }: { marks: readonly Mark[] }) {
  return (
    <section aria-labelledby="events-title">
      <h3 id="events-title">Events as they come</h3>
      <ol className="events" aria-label="Events">{marks.toReversed().map((mark) => <Line key={mark.number} mark={mark} />)}</ol>
    </section>
  )
}

// A snapshot may have 64 KiB; what is longer than this is opened by who wants to read it.
const LONG = 300

function Text({ text }: { text: string }) {
  if (text.length <= LONG) return <pre>{text}</pre>
  return (
    <details>
      <summary>{text.slice(0, LONG)}… <i>all {text.length.toLocaleString('en')} characters</i></summary>
      <pre>{text}</pre>
    </details>
  )
}

function Line({ mark }: { mark: Mark }) {
  if (mark.type === 'cut') return <li className="event mark">The connection was cut.</li>
  return (
    <li className="event" data-type={mark.type}>
      <b>{mark.type}</b>
      <span className="id" title={mark.id && `id: ${mark.id}`}>{mark.id}</span>
      <time>{exactTimeOf(mark.at)}</time>
      <Text text={mark.text} />
    </li>
  )
}
