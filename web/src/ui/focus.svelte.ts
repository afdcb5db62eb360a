// Owns whether somebody is looking: the page is visible and has the focus.

class Focus {
  looking = $state(true);

  constructor() {
    if (typeof window === "undefined") return;
    const check = () => (this.looking = document.visibilityState === "visible" && document.hasFocus());
    for (const name of ["focus", "blur", "pageshow"] as const) window.addEventListener(name, check);
    document.addEventListener("visibilitychange", check);
    check();
  }
}

export const focus = new Focus();
