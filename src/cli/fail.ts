/** A command's refusal or failure: the message goes to stderr, the exit code is 1. */
export class CommandFailure extends Error {}

/** A command line that cannot be meant: the message goes to stderr, the exit code is 2. */
export class UsageError extends Error {}
