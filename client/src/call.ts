// One call: a request, and its answer or an error.

import { KINDS, StoreError } from './errors.js'

// What takes longer has no answer: the next write of the same key waits for it.
const TIMEOUT = 30_000

/**
 * call sends a request and gives an answer that is 2xx; it rejects with a StoreError. A position is what to be held to, `*`
 * is any entry, null none, undefined no condition.
 */
export async function call(
  fetcher: typeof fetch,
  method: string,
  url: string,
  token: string | undefined,
  signal?: AbortSignal,
  body?: object,
  position?: string | null,
): Promise<Response> {
  const headers: Record<string, string> = {}
  if (token) headers.Authorization = `Bearer ${token}`
  // fetch would send a text as text/plain, which the server refuses.
  if (body) headers['Content-Type'] = 'application/json'
  if (position) headers['If-Match'] = position === '*' ? position : `"${position}"`
  if (position === null) headers['If-None-Match'] = '*'
  let status = 0
  let problem: any
  try {
    const answer = await fetcher(url, {
      method,
      headers,
      body: body && JSON.stringify(body),
      signal: signal ?? AbortSignal.timeout(TIMEOUT),
    })
    if (answer.ok) return answer
    status = answer.status
    problem = await answer.json()
    problem.retryAfter = +answer.headers.get('Retry-After')!
  } catch (fault) {
    problem = { detail: `${fault}` }
  }
  throw new (KINDS[problem.code ? status : 0] ?? StoreError)({ code: 'no_answer', ...problem, status })
}
