/**
 * What tells a long work that nobody waits for it any more: an AbortSignal, or anything that can be asked like one. Asked now
 * and then, so a listener for each request is not needed.
 */
export type Cancellation = Pick<AbortSignal, 'aborted' | 'reason'>
