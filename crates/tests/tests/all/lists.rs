//! Lists by page: every entry once, and `more` says whether there are more.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::gathering::{Gathering, cid};
use tests::server::Setting;
use tests::{Outcome, check, fail};

const PEOPLE: usize = 4;
const ROOMS: usize = 25;

/// Pages through a list from after each page's last entry, and answers what its entries are told apart by, in order:
/// their ids, or for people their user names.
async fn pages(gathering: &Gathering, command: &str, wish: Value, list: &str, id: &str) -> Outcome<Vec<String>> {
    let mut ids: Vec<String> = Vec::new();
    let limit = wish["limit"].as_u64().unwrap_or(50);
    loop {
        let mut wish = wish.clone();
        if let Some(last) = ids.last() {
            wish["after"] = json!(last);
        }
        let page = gathering.value(0, command, &wish).await?;
        let Some(entries) = page[list].as_array() else { fail!("{command} answers {page}") };
        ids.extend(entries.iter().filter_map(|entry| entry[id].as_str()).map(str::to_string));
        let full = entries.len() as u64 == limit;
        match page["more"].as_bool() {
            Some(true) if full => {}
            Some(true) => fail!("{command} has more, but a page of {} instead of {limit}", entries.len()),
            Some(false) => break,
            None => fail!("{command} does not say whether there is more: {page}"),
        }
    }
    let distinct: BTreeSet<&String> = ids.iter().collect();
    check!(distinct.len() == ids.len(), "{command} shows an entry twice: {ids:?}");
    Ok(ids)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_entry_is_on_one_page() -> Outcome {
    let gathering = Gathering::of(PEOPLE, Setting::default()).await?;
    for number in 1..ROOMS {
        let wish = json!({"cid": cid(), "name": format!("room {number}"), "kind": "public"});
        gathering.value(0, "rooms.create", &wish).await?;
    }
    for limit in [1, 10, 25, 200] {
        let wish = json!({"scope": "public", "limit": limit});
        let rooms = pages(&gathering, "rooms.list", wish, "rooms", "id").await?;
        check!(rooms.len() == ROOMS, "{} of {ROOMS} rooms by {limit}", rooms.len());
        let wish = json!({"scope": "public", "query": "ROOM 1", "limit": limit});
        let found = pages(&gathering, "rooms.list", wish, "rooms", "id").await?;
        check!(found.len() == 11, "{} rooms are called “room 1…”", found.len());
        let users = pages(&gathering, "users.list", json!({"limit": limit}), "users", "username").await?;
        check!(users.len() == gathering.accounts.len(), "{} people by {limit}", users.len());
        let wish = json!({"room": gathering.room, "limit": limit});
        let members = pages(&gathering, "rooms.members", wish, "members", "user").await?;
        check!(members.len() == PEOPLE, "{} members by {limit}", members.len());
    }
    let mine = gathering.value(0, "rooms.list", &json!({})).await?;
    check!(mine["rooms"].as_array().is_some_and(|rooms| rooms.len() == ROOMS), "not all of mine: {mine}");
    for limit in [0, 201] {
        let answer = gathering.rest(0)?.call(&gathering.table, "users.list", &json!({"limit": limit})).await?;
        let shown = answer.map_or(0, |page| page["users"].as_array().map_or(0, Vec::len));
        check!(shown <= 200, "a page of {shown}");
    }
    Ok(())
}
