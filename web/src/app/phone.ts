// Owns what phones need: the page stays above the keyboard, and a swipe from the edge leads back to the rooms.
import { go, placeOf } from "../sync/addresses";

/** A smaller loss of height is a bar of the browser's, not a keyboard. */
const KEYBOARD_PX = 120;
const EDGE_PX = 28;
const SWIPE_PX = 72;

export function fitPhone(): () => void {
  const sight = window.visualViewport;
  const fit = () => {
    if (!sight) return;
    // Where the browser has made the page smaller by itself nothing is left to do.
    const hidden = window.innerHeight - sight.height * sight.scale > KEYBOARD_PX;
    document.documentElement.style.setProperty("--sight", hidden ? `${sight.height}px` : "100%");
    if (hidden) window.scrollTo(0, 0);
  };
  sight?.addEventListener("resize", fit);
  const stop = watchEdge();
  return () => {
    sight?.removeEventListener("resize", fit);
    stop();
  };
}

function watchEdge(): () => void {
  let from: Touch | undefined;
  const began = ({ touches }: TouchEvent) => {
    const touch = touches.length === 1 ? touches[0] : undefined;
    const isRtl = document.documentElement.dir === "rtl";
    const away = touch && (isRtl ? window.innerWidth - touch.clientX : touch.clientX);
    from = away !== undefined && away < EDGE_PX ? touch : undefined;
  };
  const ended = ({ changedTouches }: TouchEvent) => {
    const to = changedTouches[0];
    if (!from || !to) return;
    const along = Math.abs(to.clientX - from.clientX);
    const across = Math.abs(to.clientY - from.clientY);
    from = undefined;
    if (along > SWIPE_PX && across < along / 2 && placeOf(location.hash).name !== "home") go({ name: "home" });
  };
  window.addEventListener("touchstart", began, { passive: true });
  window.addEventListener("touchend", ended, { passive: true });
  return () => {
    window.removeEventListener("touchstart", began);
    window.removeEventListener("touchend", ended);
  };
}
