//! Messages held and shown: the same from where the device holds everything, and nothing beside.

use super::snapshot::Snapshot;
use crate::replica::{Place, Replica};

/// How many of the newest messages of a watched room a newcomer gets.
const TAIL: usize = 50;

/// Differences between what is held and the whole history.
pub(super) fn compare(found: &mut Vec<String>, held: &Replica, snapshot: &Snapshot) {
    for (place, message) in held.messages.iter().filter(|(place, _)| held.watched.contains(&place.0)) {
        match snapshot.messages.get(place) {
            Some(shown) if shown == message => {}
            Some(shown) => found.push(format!("message {place:?}: held {message}, shown {shown}")),
            None => found.push(format!("message {place:?}: held but not shown: {message}")),
        }
    }
    for (room, note) in held.notes.iter().filter(|(room, _)| held.watched.contains(*room)) {
        let shown = snapshot.messages.range((room.clone(), note.since)..).take_while(|(place, _)| place.0 == *room);
        for (place, message) in shown.filter(|(place, _)| !held.messages.contains_key(place)) {
            found.push(format!("message {place:?}: shown but not held: {message}"));
        }
    }
}

/// A newcomer holds the newest messages of every room, each as the history shows it.
pub(super) fn compare_fresh(found: &mut Vec<String>, snapshot: &Snapshot) {
    for (place, message) in &snapshot.fresh.messages {
        if snapshot.messages.get(place) != Some(message) {
            found.push(format!(
                "message {place:?}: a newcomer gets {message}, shown {:?}",
                snapshot.messages.get(place)
            ));
        }
    }
    for room in snapshot.rooms.keys() {
        let shown: Vec<&Place> = snapshot.messages.keys().filter(|place| place.0 == *room).collect();
        let newest = shown.iter().rev().take(TAIL);
        for place in newest.filter(|place| !snapshot.fresh.messages.contains_key(**place)) {
            found.push(format!("message {place:?} is among the newest {TAIL} but a newcomer does not get it"));
        }
    }
}
