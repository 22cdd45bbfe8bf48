/** What a prediction does without, in the service's own sentences; none where it tells none. */
export function noticeSentences({ notices }) {
  return (notices ?? []).map(({ message }) => message);
}
