import type { FormEvent, SyntheticEvent } from 'react'
import { Icon } from '../icons'
import { stepBack, useAct } from '../notice'
import { useRoom, useValue } from '../room'
import { asLinks, webAddress } from '../store'

// Links are one value that everybody adds to. update reads, changes and writes on
// the condition that nobody else has written meanwhile, and does it again if so.
export function Links() {
  const room = useRoom()
  const act = useAct()
  const links = asLinks(useValue('usefulLinks'))

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const field = event.currentTarget.elements.namedItem('link') as HTMLInputElement
    const url = webAddress(field.value)
    field.setCustomValidity(url || !field.value ? '' : 'That is no web address.')
    if (!field.reportValidity() || !url) return
    const link = url.href
    if (!await act(() => room.update('usefulLinks', (now) => (asLinks(now).includes(link) ? asLinks(now) : [...asLinks(now), link])))) return
    if (webAddress(field.value)?.href === link) field.value = '' // and not what was typed meanwhile
  }
  const remove = (link: string, event: SyntheticEvent) => {
    stepBack(event)
    void act(() => room.update('usefulLinks', (now) => asLinks(now).filter((other) => other !== link)))
  }
  return (
    <section id="links-panel" className="panel links" aria-labelledby="links-title">
      <header><h2 id="links-title">Useful links</h2></header>
      <ul className="linklist" aria-label="Links" tabIndex={-1}>
        {links.map((link, index) => (
          <li className="link" key={`${index} ${link}`}>
            <Address link={link} />
            <button className="icon" aria-label={`Remove ${link}`} title="Remove for everyone" onClick={(event) => remove(link, event)}>
              <Icon name="close" size={16} />
            </button>
          </li>
        ))}
      </ul>
      {links.length === 0 && <p className="empty hush">None yet. Several can add some at once: none is lost.</p>}
      <form className="line" onSubmit={submit} noValidate>
        <input name="link" className="field" aria-label="Link to add" placeholder="example.org/agenda" inputMode="url"
          autoComplete="off" autoCapitalize="none" onInput={(event) => event.currentTarget.setCustomValidity('')} />
        <button className="button">Add</button>
      </form>
    </section>
  )
}

// Address is a link if it is one. Anybody may have put anything there.
function Address({ link }: { link: string }) {
  const url = /^https?:/i.test(link) ? webAddress(link) : undefined
  if (!url) return <span>{link}</span>
  const rest = `${url.pathname}${url.search}${url.hash}`.replace(/^\/$/, '')
  return (
    <a href={url.href} target="_blank" rel="noopener noreferrer nofollow" title={link}>
      <span className="host">{url.host.replace(/^www\./, '')}</span><span className="rest">{rest}</span>
    </a>
  )
}
