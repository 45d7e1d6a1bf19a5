import { useState, type MouseEvent } from 'react'
import { invitation } from '../address'
import { Icon } from '../icons'

// Invite is the empty seat of one who is alone: what this is, and how to see it.
export function Invite() {
  return (
    <li className="tile invite">
      <div>
        <h2>Nobody else is here yet</h2>
        <p>Everything in this room is one small store that all share. Open a second window beside this one: what you do in either shows in both.</p>
        <SecondWindow />
      </div>
    </li>
  )
}

// SecondWindow opens another peer beside this one. noopener, since a window with
// an opener begins with a copy of its sessionStorage, and would be the same peer.
export function SecondWindow({ quiet = false }) {
  const beside = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || matchMedia('(pointer: coarse)').matches) return
    event.preventDefault()
    const width = Math.min(1000, Math.round(screen.availWidth / 2))
    open(invitation, '_blank', `noopener,popup,width=${width},height=${screen.availHeight},left=${screen.availWidth - width},top=0`)
  }
  return (
    <a className={quiet ? 'button' : 'button primary'} aria-label="Open a second window" title="Open a second window"
      href={invitation} target="_blank" rel="noopener" onClick={beside}>
      <Icon name="windows" /> <span className={quiet ? 'label' : ''}>{quiet ? 'Second window' : 'Open a second window'}</span>
    </a>
  )
}

export function CopyLink() {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    // Over plain HTTP on another host there is no clipboard; a prompt has the text selected.
    await navigator.clipboard?.writeText(invitation).then(() => setCopied(true)).catch(() => prompt('The link to this room', invitation))
    if (!navigator.clipboard) prompt('The link to this room', invitation)
    setTimeout(() => setCopied(false), 2000)
  }
  return (
    <button className="button" onClick={copy} title={invitation} aria-label={copied ? 'Copied' : 'Copy link to this room'}>
      <Icon name={copied ? 'send' : 'copy'} /> <span className="label">{copied ? 'Copied' : 'Copy link'}</span>
    </button>
  )
}
