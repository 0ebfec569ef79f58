// How many quarters of a run are done; `share` is a percentage.
export const quarterOf = (share) => Math.floor(share / 25);
