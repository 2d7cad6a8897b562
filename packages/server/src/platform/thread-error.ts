/** An error on its way between threads: structured cloning keeps the message, but not the name of a class. */
export interface ThreadError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}

export function toThreadError(error: Error): ThreadError {
  return { name: error.name, message: error.message, stack: error.stack };
}

/** An error with the name, message and stack of the one that was sent. */
export function fromThreadError({ name, message, stack }: ThreadError): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
