// A name for a request to the server, which comes back with its outcome.
export const requestKey = () => crypto.getRandomValues(new Uint32Array(3)).join("-");
