import { useState, type SyntheticEvent } from 'react'
import { Icon } from '../icons'
import { stepBack, useAct } from '../notice'
import { hued, usePerson } from '../people'
import { useEntries, useRoom, type Entry, type Key } from '../room'
import { exactTimeOf } from '../time'
import { Meter } from './Limits'
import { valueBytes } from './sizes'

// Entries is all that the store holds, newest first.
export function Entries() {
  const entries = useEntries('*').toSorted((a, b) => b.revision - a.revision || (a.key < b.key ? -1 : 1))
  const [since] = useState(entries[0]?.revision ?? 0)
  return (
    <section aria-labelledby="entries-title">
      <h3 id="entries-title">Entries</h3>
      {entries.length === 0 && <p className="empty">The store is empty.</p>}
      <ul aria-label="Entries">
        {entries.map((entry) => <Row key={`${entry.key} ${entry.revision}`} entry={entry} isNew={entry.revision > since} />)}
      </ul>
    </section>
  )
}

function Row({ entry, isNew }: { entry: Entry; isNew: boolean }) {
  const room = useRoom()
  const act = useAct()
  const { name, hue } = usePerson()(entry.updated_by)
  const size = valueBytes(entry.value)
  const remove = (event: SyntheticEvent) => {
    stepBack(event)
    void act(() => room.set(entry.key as Key))
  }
  return (
    <li className={`entry hued ${isNew ? 'new' : ''}`} data-key={entry.key} style={hued(hue)}>
      <span className="key">{entry.key}</span>
      <span className="revision"><span className="unseen">revision </span>{entry.revision}</span>
      <code className="value">{JSON.stringify(entry.value)}</code>
      <p className="meta">
        <b>{name}</b> <time dateTime={entry.updated_at}>{exactTimeOf(entry.updated_at)}</time> <Fleeting entry={entry} />
      </p>
      <p className="size">
        {size} B
        <button className="icon" aria-label={`Remove ${entry.key}`} title="Remove for everyone" onClick={remove}>
          <Icon name="close" size={14} />
        </button>
      </p>
      <Meter label={`Size of ${entry.key}`} now={size} most={room.joined!.limits.value_bytes} text={`${size} bytes`} />
    </li>
  )
}

// Fleeting says what an entry that goes by itself goes with.
function Fleeting({ entry }: { entry: Entry }) {
  return (
    <span className="fleeting">
      {entry.ephemeral && 'goes with its writer '}
      {entry.expires_at && `goes at ${exactTimeOf(entry.expires_at)}`}
    </span>
  )
}
