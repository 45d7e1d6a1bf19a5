import { StoreError } from 'session-store-client'

const many = (n: number | undefined) => (n ?? 0).toLocaleString('en')

// kindly says what a person can do about an error. The server's own words are for
// whoever writes the program.
export function kindly(error: unknown): string {
  if (!(error instanceof StoreError)) return error instanceof Error ? error.message : String(error)
  const { limit, actual } = error.problem
  switch (error.code) {
    case 'value_too_large':
      return `That is too much for one value: at most ${many(limit)} bytes, this would be ${many(actual)}. Make it shorter.`
    case 'too_many_keys':
      return `The room holds at most ${many(limit)} keys. Remove something first; old messages go by themselves.`
    case 'store_full':
      return `The room is full: at most ${many(limit)} bytes, this would be ${many(actual)}. Remove something first.`
    case 'forbidden':
      return 'You may look, but not change this: your grants do not allow it.'
    case 'rate_limited':
      return 'That was too fast. Try again in a moment.'
    case 'precondition_failed':
      return 'Somebody else has changed this at the same moment. Look at it, and try again.'
    case 'unavailable':
      return 'The server has no place for more at the moment. Try again soon.'
    case 'unauthorized':
      return 'You are not in the room any more.'
    case 'no_answer':
      return 'The server does not answer. Nothing is lost; try again when it is back.'
    case 'invalid_request':
      return error.problem.errors?.some(({ field }) => field === 'room')
        ? 'The name of a room has only letters from A to Z, digits and _ . : - in it, and 64 of them at most.'
        : error.message
    default:
      return error.message
  }
}
