import { useSyncExternalStore } from 'react'
import { Entries } from './Entries'
import { Events } from './Events'
import { Limits } from './Limits'
import type { Recorder } from './recorder'
import { Tape } from './Tape'
import { Terminal } from './Terminal'
import { Wire } from './Wire'

interface Props {
  recorder: Recorder
  isCut: boolean
  onCut: (isCut: boolean) => void
}

// Inspector is what the meeting is made of.
export function Inspector({ recorder, isCut, onCut }: Props) {
  const marks = useSyncExternalStore(recorder.subscribe, () => recorder.marks)
  return (
    <section id="inspector-panel" className="panel inspector" aria-labelledby="inspector-title">
      <header>
        <h2 id="inspector-title">Inspector</h2>
        <p>what the server holds and sends</p>
      </header>
      <div className="scroll" tabIndex={0} role="region" aria-labelledby="inspector-title">
        <Wire marks={marks} position={recorder.position} isCut={isCut} onCut={onCut} />
        <Tape marks={marks} />
        <Limits />
        <Entries />
        <Events marks={marks} />
        <Terminal />
      </div>
    </section>
  )
}
