//! Short memberships: what a new device is told of its rooms without what it can put in again.

use super::Replica;
use serde_json::{Value, json};

impl Replica {
    /// Puts in again what a short membership leaves out; what only the server knows (`code`, `created`) stays out, and
    /// the room is noted for it.
    pub(super) fn lengthen(&mut self, room: &str, g: u64, value: &mut Value, shown: &mut Value) {
        if shown.get("id").is_some() {
            return;
        }
        self.brief.insert(room.into());
        shown["id"] = json!(room);
        let (head, count) = (shown["head"].clone(), shown["count"].clone());
        let usual = [
            ("role", json!("member")),
            ("version", json!(0)),
            ("unread", json!(0)),
            ("mentions", json!(0)),
            ("gv", json!(g)),
            ("head", head),
            ("count", count),
        ];
        for (field, usual) in usual {
            if value.get(field).is_none() {
                value[field] = usual;
            }
        }
    }
}
