// What happens to the page that a room is shown in. In Node nothing does.

/**
 * watchPage calls wake when the page is online again, looked at again, or back from the back-forward cache, and hide when it
 * goes, maybe into that cache; until it is aborted.
 */
export function watchPage(wake: () => void, hide: (isKept: boolean) => void): AbortController {
  const watch = new AbortController()
  const on = (event: string, listener: (event: PageTransitionEvent) => void) =>
    globalThis.addEventListener?.(event, listener as EventListener, watch)
  on('online', wake)
  on('visibilitychange', () => document.visibilityState === 'visible' && wake())
  on('pageshow', event => event.persisted && wake())
  on('pagehide', event => hide(event.persisted))
  return watch
}
