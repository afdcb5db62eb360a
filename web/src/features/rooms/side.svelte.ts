// Owns what this device remembers of the side: my favourites, and the order of the lists.
import type { RoomId } from "../../contract/wire";
import { session } from "../../sync/session.svelte";
import { isWords, oneOf, remembered } from "../../ui/remembered.svelte";
import type { Order } from "./order";

const order = remembered<Order>("order", "name", oneOf("activity", "name"));

const favourites = () => remembered<RoomId[]>(`favourites.${session.replica.me}`, [], isWords);

export const side = {
  get order(): Order {
    return order.value;
  },
  set order(by: Order) {
    order.value = by;
  },
  get favourites(): readonly RoomId[] {
    return favourites().value;
  },
  isFavourite(room: RoomId): boolean {
    return favourites().value.includes(room);
  },
  toggleFavourite(room: RoomId): void {
    const cell = favourites();
    cell.value = cell.value.includes(room) ? cell.value.filter((one) => one !== room) : [...cell.value, room];
  },
};
