// Errors are classes with the server's code, so that a caller can ask `instanceof` for what it can do something
// about, and switch on `code` for the rest.

import type { Code, Entry, FieldError } from './model.js'

/** What an error tells: the problem document of the server (RFC 9457), and its Retry-After. */
export interface Fault {
  status: number
  detail: string
  code: Code | 'no_answer'
  limit?: number
  actual?: number
  errors?: FieldError[]
  current?: Entry | null
  retryAfter?: number
}

/** A call that was refused, and has changed nothing. */
export class StoreError extends Error {
  /** The status of the answer, 0 without one. */
  declare readonly status: number
  /** The server's code; `no_answer` where no answer of the server came. */
  declare readonly code: Code | 'no_answer'
  /** The whole problem document (RFC 9457). */
  declare readonly problem: Fault
  /** After how many seconds to try again: of rate_limited and unavailable. */
  declare readonly retryAfter?: number
  /** What may be, and what it would have been: of a LimitError. */
  declare readonly limit?: number
  declare readonly actual?: number
  /** What is wrong where: of invalid_request. */
  declare readonly errors?: FieldError[]

  constructor(fault: Fault) {
    super(fault.detail)
    Object.assign(this, fault, { problem: fault })
  }
}

/** 412: the entry is not as the condition wants it. */
export class ConflictError extends StoreError {
  /** The entry as it is; null if there is none. */
  declare readonly current: Entry | null
}

/** 401: the token, or the JWT of a join, is worth nothing (any more). */
export class UnauthorizedError extends StoreError {}

/** 403: the grants do not let this peer read or write the key. */
export class ForbiddenError extends StoreError {}

/** 409 and 413: too much. */
export class LimitError extends StoreError {}

/** No answer came, or none of the server: it is not known whether the call was carried out. */
export class ConnectionError extends StoreError {}

/** The classes, by status; 0 is no answer of the server. */
export const KINDS: Record<number, typeof StoreError> = {
  0: ConnectionError,
  401: UnauthorizedError,
  403: ForbiddenError,
  409: LimitError,
  412: ConflictError,
  413: LimitError,
}

/** isFinal says whether trying the same again is pointless. */
export const isFinal = (fault: unknown): fault is StoreError =>
  fault instanceof StoreError && !(fault instanceof ConnectionError) && fault.status < 500 && fault.status !== 429
