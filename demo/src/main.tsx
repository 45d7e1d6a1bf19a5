// The page: a meeting whose whole state is one room of the server it comes from.
//
//	address, seat ──▶ visit (joins) ──▶ App ──┬─▶ meeting    tiles, spotlight, hands, the pinned message
//	                                          ├─▶ talk       chat and links
//	                                          └─▶ inspector  entries, limits, and the stream as it comes
//
// What is under which key, and why, says store.ts.
import { createRoot } from 'react-dom/client'
import { keepAddress } from './address'
import { App } from './App'
import './style/base.css'
import './style/layout.css'
import './style/meeting.css'
import './style/talk.css'
import './style/inspector.css'

keepAddress()
createRoot(document.getElementById('root')!).render(<App />)
