import { roomName, serverURL } from '../address'

// Terminal is the same room without this page: a third peer, from a shell.
export function Terminal() {
  const room = `${serverURL}rooms/${encodeURIComponent(roomName)}`
  const lines = [
    `ROOM=${room}`,
    `TOKEN=$(curl -s -X POST $ROOM/join -d '{"name": "Terminal"}' | grep -o '"token":"[^"]*' | cut -d'"' -f4)`,
    `curl -X PUT -H "Authorization: Bearer $TOKEN" $ROOM/store/pinnedMessage -d '{"value": "Hello from a terminal"}'`,
    `curl -N -H "Authorization: Bearer $TOKEN" "$ROOM/observe?keys=*"`,
  ]
  return (
    <section aria-labelledby="more-title">
      <h3 id="more-title">Without this page</h3>
      <nav className="ways" aria-label="About this server">
        <a href="swagger/index.html">Try the API</a> <a href="openapi.json">OpenAPI</a> <a href="metrics">Metrics</a> <a href="healthz">Health</a>
      </nav>
      <details className="terminal">
        <summary>The same room with curl</summary>
        <pre tabIndex={0}>{lines.join('\n')}</pre>
      </details>
    </section>
  )
}
