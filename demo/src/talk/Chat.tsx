import { useEffect, useRef, type FormEvent } from 'react'
import { Icon } from '../icons'
import { useAct } from '../notice'
import { hued, useNames, usePerson } from '../people'
import { useEntries, useMe, useRoom, useValue, type Entry } from '../room'
import { asMessage } from '../store'
import { timeOf } from '../time'
import { say } from './say'

// Chat is the newest messages in the order of their revisions, each with a pin.
export function Chat() {
  const room = useRoom()
  const act = useAct()
  const nameOf = useNames()
  const me = useMe()
  const list = useRef<HTMLDivElement>(null)
  const messages = useEntries('chat.*').toSorted((a, b) => a.revision - b.revision)
  const newest = messages.at(-1)?.revision
  useEffect(() => { list.current?.scrollTo({ top: list.current.scrollHeight, behavior: 'smooth' }) }, [newest])

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const field = event.currentTarget.elements.namedItem('text') as HTMLInputElement
    const text = field.value.trim()
    if (!text || !await act(() => say(room, { from: nameOf(me), text }))) return
    if (field.value.trim() === text) field.value = '' // and not what was typed meanwhile
  }
  return (
    <section id="chat-panel" className="panel chat" aria-labelledby="chat-title">
      <header><h2 id="chat-title">Chat</h2><p>kept for ten minutes</p></header>
      <div className="messages" role="log" aria-label="Messages" ref={list} tabIndex={0}>
        <ol>{messages.map((entry) => <Line key={`${entry.key} ${entry.revision}`} entry={entry} />)}</ol>
      </div>
      {messages.length === 0 && <p className="empty hush">Say something. What matters can be pinned for everyone.</p>}
      <form className="line" onSubmit={submit}>
        <input name="text" className="field" aria-label="Message" placeholder="Message" autoComplete="off" enterKeyHint="send" />
        <button className="button primary" aria-label="Send"><Icon name="send" /></button>
      </form>
    </section>
  )
}

function Line({ entry }: { entry: Entry }) {
  const room = useRoom()
  const act = useAct()
  const { hue } = usePerson()(entry.updated_by)
  const { from, text } = asMessage(entry.value)
  const line = `${from}: ${text}`
  const pinned = useValue('pinnedMessage') === line
  return (
    <li className="message hued" style={hued(hue)}>
      <div>
        <b>{from}</b><time dateTime={entry.updated_at}>{timeOf(entry.updated_at)}</time>
        <p>{text}</p>
      </div>
      <button className="icon" aria-pressed={pinned} aria-label={`Pin “${text}”`} title={pinned ? 'Unpin' : 'Pin for everyone'}
        onClick={() => act(() => room.set('pinnedMessage', pinned ? undefined : line))}>
        <Icon name="pin" />
      </button>
    </li>
  )
}
