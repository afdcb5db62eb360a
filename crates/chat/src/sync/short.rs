//! Short memberships: what a new device is told of each of its rooms, without what has its usual value or is said twice.
//!
//! Somebody in a thousand rooms begins with a thousand of them: this is most of what a new device is told.

use serde_json::{Map, Value, json};

/// The op without what its reader can put in again (docs/PROTOCOL.md, hello); as it was, if it is no membership.
pub(super) fn shorten(op: &[u8]) -> Option<Vec<u8>> {
    let mut op: Map<String, Value> = serde_json::from_slice(op).ok()?;
    let g = op.get("g").cloned()?;
    let value = op.get_mut("value")?.as_object_mut()?;
    let mut room = match value.remove("room_value") {
        Some(Value::Object(room)) => room,
        _ => return None,
    };
    for (field, usual) in
        [("role", json!("member")), ("version", json!(0)), ("unread", json!(0)), ("mentions", json!(0)), ("gv", g)]
    {
        leave_out(value, field, &usual);
    }
    for field in ["head", "count"] {
        if let Some(same) = room.get(field).cloned() {
            leave_out(value, field, &same);
        }
    }
    room.remove("id");
    room.remove("code");
    if room.contains_key("head_time") {
        room.remove("created");
    }
    value.insert("room_value".into(), Value::Object(room));
    for field in ["room", "scope"] {
        op.remove(field);
    }
    serde_json::to_vec(&op).ok()
}

fn leave_out(fields: &mut Map<String, Value>, field: &str, usual: &Value) {
    if fields.get(field) == Some(usual) {
        fields.remove(field);
    }
}
