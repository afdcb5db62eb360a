// Owns whether a media query holds now, for what styles alone cannot decide.

/** Call while a component is made: it listens as long as that lives. */
export function matches(query: string): { readonly yes: boolean } {
  const list = matchMedia(query);
  let yes = $state(list.matches);
  $effect(() => {
    const check = () => (yes = list.matches);
    list.addEventListener("change", check);
    return () => list.removeEventListener("change", check);
  });
  return {
    get yes() {
      return yes;
    },
  };
}
