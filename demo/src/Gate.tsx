import { useState, type FormEvent } from 'react'
import { addressOf, roomName } from './address'
import { friendlyRoom } from './names'

interface Props {
  title: string
  why: string
  // Where the server wants a JWT, this takes one.
  onToken?: ((jwt: string) => void) | undefined
  again?: { label: string; onClick: () => void } | undefined
}

// Gate stands where there is no meeting: not let in, or not in it any more.
export function Gate({ title, why, onToken, again }: Props) {
  return (
    <main className="gate">
      <div>
        <span className="mark" aria-hidden="true" />
        <h1>{title}</h1>
        <p role="alert">{why}</p>
        {onToken && <Token onToken={onToken} />}
        <div className="bar">
          {again && <button className="button primary" onClick={again.onClick}>{again.label}</button>}
          <a className={again || onToken ? 'button' : 'button primary'} href={addressOf(friendlyRoom())}>Open a new room</a>
        </div>
      </div>
    </main>
  )
}

function Token({ onToken }: { onToken: (jwt: string) => void }) {
  const [jwt, setJWT] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (jwt.trim()) onToken(jwt.trim())
  }
  return (
    <form onSubmit={submit}>
      <label htmlFor="jwt">JWT for the room <code>{roomName}</code></label>
      <textarea id="jwt" className="field" rows={4} spellCheck={false} autoComplete="off"
        value={jwt} onChange={(event) => setJWT(event.target.value)} />
      <button className="button primary">Join with it</button>
    </form>
  )
}
