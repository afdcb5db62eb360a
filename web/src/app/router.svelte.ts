// Owns where the page is: the address in the window as a place.
import { type Place, placeOf } from "../sync/addresses";

class Router {
  place = $state.raw<Place>(placeOf(location.hash));

  constructor() {
    window.addEventListener("hashchange", () => (this.place = placeOf(location.hash)));
  }
}

export const router = new Router();
