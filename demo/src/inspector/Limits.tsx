import { useEntries, useRoom } from '../room'
import { sizesOf } from './sizes'

// Limits shows how much of what a session may hold is taken.
export function Limits() {
  const { joined } = useRoom()
  const { largest, keys, total } = sizesOf(useEntries('*'))
  if (!joined) return null
  const { limits } = joined
  return (
    <section aria-labelledby="limits-title">
      <h3 id="limits-title">Limits</h3>
      <div className="limits">
        <Limit label="Largest value" now={largest} most={limits.value_bytes} unit="bytes" />
        <Limit label="Keys" now={keys} most={limits.keys} unit="keys" />
        <Limit label="All keys and values" now={total} most={limits.total_bytes} unit="bytes" />
      </div>
    </section>
  )
}

function Limit({ label, now, most, unit }: { label: string; now: number; most: number; unit: string }) {
  const much = `${now.toLocaleString('en')} of ${most.toLocaleString('en')} ${unit}`
  return (
    <div className="limit">
      <span aria-hidden="true">{label}</span><span className="much" aria-hidden="true">{much}</span>
      <Meter label={label} now={now} most={most} text={much} />
    </div>
  )
}

export function Meter({ label, now, most, text }: { label: string; now: number; most: number; text: string }) {
  const share = most > 0 ? now / most : 0
  const level = share >= 1 ? 'full' : share >= 0.8 ? 'near' : ''
  return (
    <span className={`meter ${level}`} role="meter" aria-label={label}
      aria-valuemin={0} aria-valuemax={most} aria-valuenow={Math.min(now, most)} aria-valuetext={text}>
      <i style={{ width: `${Math.min(share, 1) * 100}%` }} />
    </span>
  )
}
